import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { apiKeys } from "@/db/schema";
import { exportAll } from "@/server/http/native/runs";
import { createApiKey, listApiKeys, revokeApiKey, verifyApiKey } from "@/server/services/api-key";
import { call, product, sweepIn } from "./product";

const p = product();

test("a key is shown once and stored as its hash alone", async () => {
  const made = await createApiKey(p.alice, { name: "training", scopes: ["read"] });
  expect(made.key).toMatch(/^etl_[\w-]{32}$/);
  const [row] = await p.alice.db.select().from(apiKeys).where(eq(apiKeys.id, made.id));
  expect(row!.hash).toBe(createHash("sha256").update(made.key).digest("hex"));
  expect(JSON.stringify(row)).not.toContain(made.key);
  const listed = await listApiKeys(p.alice);
  expect(listed.map((k) => k.id)).toContain(made.id);
  expect(JSON.stringify(listed)).not.toContain(made.key);
  expect(JSON.stringify(listed)).not.toContain(row!.hash);
  const everything = await p.alice.sql`select detail::text from audit_log`;
  expect(JSON.stringify(everything)).not.toContain(made.key);
});

test("the word before a key may be written in any case, and have blanks behind it", async () => {
  const { slug } = await sweepIn(p.alice);
  const { key } = await createApiKey(p.alice, { name: "k", scopes: ["read"] });
  for (const scheme of ["Bearer ", "bearer ", "BEARER  "]) {
    const headers = { authorization: `${scheme}${key}` };
    expect((await call(exportAll, { headers, query: `?project=${slug}` })).status).toBe(200);
  }
});

test("two keys are never the same", async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, () => createApiKey(p.alice, { name: "k", scopes: ["read"] })),
  );
  expect(new Set(made.map((k) => k.key)).size).toBe(20);
});

test("a revoked key is refused at once, and cannot be revoked again", async () => {
  const { slug } = await sweepIn(p.alice);
  const made = await createApiKey(p.alice, { name: "leaked", scopes: ["read"] });
  const query = `?project=${slug}`;
  expect((await call(exportAll, { key: made.key, query })).status).toBe(200);
  await revokeApiKey(p.alice, { id: made.id });
  const refused = await call(exportAll, { key: made.key, query });
  expect([refused.status, refused.body.error]).toEqual([
    401,
    { code: "unauthorized", message: "this API key is unknown or was revoked", issues: [] },
  ]);
  await expect(revokeApiKey(p.alice, { id: made.id })).rejects.toMatchObject({ code: "not_found" });
});

test("a key is one team's: it finds its own projects only", async () => {
  const mine = await sweepIn(p.alice);
  const { key } = await createApiKey(p.mallory, { name: "k", scopes: ["read"] });
  expect((await call(exportAll, { key, query: `?project=${mine.slug}` })).status).toBe(404);
});

test("the last use is noted, at most once a minute", async () => {
  const { id, key } = await createApiKey(p.alice, { name: "k", scopes: ["read"] });
  const used = async () =>
    (await p.alice.db.select().from(apiKeys).where(eq(apiKeys.id, id)))[0]!.lastUsedAt?.getTime();
  const start = Date.now();
  await verifyApiKey(p.alice.db, key, new Date(start));
  await verifyApiKey(p.alice.db, key, new Date(start + 59_000));
  expect(await used()).toBe(start);
  await verifyApiKey(p.alice.db, key, new Date(start + 66_000));
  expect(await used()).toBe(start + 66_000);
});

test.each([
  ["no name", { name: " ", scopes: ["read"] }],
  ["no scope", { name: "k", scopes: [] }],
  ["an unknown scope", { name: "k", scopes: ["admin"] }],
])("%s is refused", async (_what, input) => {
  await expect(createApiKey(p.alice, input as Parameters<typeof createApiKey>[1])).rejects.toThrow();
});

test("the authorization header must be a bearer key and nothing else", async () => {
  const { slug } = await sweepIn(p.alice);
  const { key } = await createApiKey(p.alice, { name: "k", scopes: ["read"] });
  for (const authorization of [key, `Basic ${key}`, `Bearer ${key} x`, "Bearer ", `Bearer${key}`, `Bearer\t${key}`]) {
    const answer = await call(exportAll, { query: `?project=${slug}`, headers: { authorization } });
    expect([authorization, answer.status]).toEqual([authorization, 401]);
  }
});
