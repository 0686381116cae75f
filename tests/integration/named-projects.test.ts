import { beforeAll, describe, expect, test } from "vitest";
import { projectMembers } from "@/db/schema";
import { appRouter } from "@/server/api/root";
import { contextOf } from "@/server/auth";
import { requireReach } from "@/server/auth/reach";
import { createApiKey } from "@/server/services/api-key";
import { deleteNext, listDeletions, previewDeletion, startDeletion } from "@/server/services/deletion";
import { changeAccess, createProject, listProjects } from "@/server/services/project";
import { publishRecommendation } from "@/server/services/recommendation";
import { createRun, runsToExport } from "@/server/services/run";
import { changeRole, removeMember } from "@/server/services/team";
import { type Ids, PROCEDURES, ROUTES } from "../access";
import { idsOf, routeHandlers } from "./everything";
import { call, colleague, type Person, product } from "./product";

const p = product();
let handlers: Awaited<ReturnType<typeof routeHandlers>>;
let ids: Ids;
/** Editors of one team; the project of `ids` is open to the first alone, but for the owners. */
let [named, other] = [{} as Person, {} as Person];

beforeAll(async () => {
  handlers = await routeHandlers();
  ids = await idsOf(p.alice);
  await createProject(p.alice, { name: "Open", slug: "open" });
  await publishRecommendation(p.alice, { id: ids.recommendationId, reason: "a test" });
  [named, other] = [await colleague(p.alice, "editor"), await colleague(p.alice, "editor")];
  await changeAccess(p.alice, { slug: ids.project, openTo: "named", add: [named.userId] });
});

/** What is of the project, and not of its team. */
const OF_PROJECT = Object.entries(PROCEDURES).filter(
  ([name, { access, role }]) =>
    access === "team" && role !== "owner" && !/^(member|invitation|apiKey|team)\./.test(name),
);
const within = ({ keyId: _, invitationId: _i, memberId: _m, workerId: _w, ...own }: Ids) => Object.entries(own);

describe.each(OF_PROJECT)("procedure %s", (name, { input, foreign }) => {
  const invoke = (who: Person) => {
    const [router, procedure] = name.split(".") as [string, string];
    const routers = who.api as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
    return routers[router]![procedure]!({ team: p.alice.team, ...input(ids) });
  };

  test("finds nothing of a project for a member of the team who is not named in it", async () => {
    const answer = await invoke(other).catch((e: { code: string }) => e);
    const code = (answer as { code?: string } | undefined)?.code;
    if (foreign === "not found") expect(code).toBe("NOT_FOUND");
    else if (code !== "NOT_FOUND")
      for (const [what, id] of within(ids)) expect([what, JSON.stringify(answer ?? null)]).not.toContain(id);
  });
});

test("the procedures asked are those of things", () => {
  expect(OF_PROJECT.length).toBeGreaterThan(70);
  expect(Object.keys(appRouter._def.procedures).length).toBeGreaterThan(OF_PROJECT.length);
});

describe.each(Object.entries(ROUTES).filter(([, { access }]) => ["read", "write", "ingest"].includes(access)))(
  "%s",
  (name, route) => {
    const { id, body, query } = route as Extract<typeof route, { access: "read" | "write" | "work" | "ingest" }>;
    test("finds nothing of a project for the key of a member who is not named in it", async () => {
      const { key } = await createApiKey(other, { name: "mine", scopes: ["read", "write"] });
      const request = { key, id: id && ids[id], body: body?.(ids), query: query?.(ids) };
      const { status, text } = await call(handlers.get(name)!, request);
      expect([200, 404]).toContain(status);
      if (status === 200) for (const [what, id] of within(ids)) expect([what, text]).not.toContain(id);
    });
  },
);

const slugs = async (who: Person) => (await listProjects(await asNow(who))).map(({ slug }) => slug).sort();
const asNow = (who: Person) => contextOf({ userId: who.userId, name: who.name }, p.alice.team);

test("owners, those who are named and their keys see it; of the others nobody", async () => {
  const all = ["open", ids.project].sort();
  const seen = await Promise.all([p.alice, named, other].map(slugs));
  const made = (slug: string) => !slug.startsWith("p-");
  expect(seen.map((list) => list.filter(made))).toEqual([all, all, ["open"]]);
  const run = handlers.get("GET /api/v1/runs/{id}")!;
  const ask = async (who: Person, service = false) => {
    const { key } = await createApiKey(who, { name: "k", scopes: ["read"], service });
    return (await call(run, { key, id: ids.runId })).status;
  };
  expect([await ask(named), await ask(other), await ask(p.alice), await ask(p.alice, true)]).toEqual([
    200, 404, 200, 200,
  ]);
});

test.each([
  ["one run", () => [ids.runId]],
  ["a list of runs, as the address of a download has it", () => [ids.runId, ids.runId]],
])("%s of it is exported to nobody else", async (_, runIds) => {
  const ask = async (who: Person) => runsToExport(await asNow(who), { runIds: runIds() });
  expect(await ask(named)).toHaveLength(1);
  await expect(ask(other)).rejects.toMatchObject({ code: "not_found" });
});

test("an id is known of while many others are asked for at the same time", async () => {
  const ctx = await asNow(other);
  const asking = requireReach(ctx, ids.runId);
  await expect(asking).rejects.toMatchObject({ code: "not_found" });
  const many = Array.from({ length: 100_000 }, () => crypto.randomUUID());
  const meanwhile = async (text: string, values: never[]) => {
    await requireReach(ctx, many);
    return ctx.sql.unsafe(text, values);
  };
  const slow = { ...ctx, sql: { unsafe: meanwhile } as unknown as typeof ctx.sql };
  await expect(requireReach(slow, [ids.runId, crypto.randomUUID()])).rejects.toMatchObject({ code: "not_found" });
});

test("who may not see it can still make projects, and runs in those that are open", async () => {
  const made = await createProject(await asNow(other), { name: "Hers" });
  const ctx = await asNow(other);
  expect((await createRun(ctx, { project: made.slug, config: {}, dimensions: {}, tags: [] })).id).toBeTruthy();
  await expect(createProject(ctx, { name: "x", slug: ids.project })).rejects.toMatchObject({ code: "conflict" });
});

test("a key that was taken before the project was closed is refused at once", async () => {
  const late = await colleague(p.alice, "viewer");
  const { key } = await createApiKey(p.alice, { name: "k", scopes: ["read"] });
  await changeAccess(p.alice, { slug: "open", openTo: "team" });
  const mine = (await createApiKey(await asNow(other), { name: "k", scopes: ["read"] })).key;
  const list = handlers.get("GET /api/v1/runs")!;
  const ask = async (key: string) => (await call(list, { key, query: "?project=open" })).status;
  expect([await ask(key), await ask(mine)]).toEqual([200, 200]);
  await changeAccess(p.alice, { slug: "open", openTo: "named", add: [late.userId] });
  expect([await ask(key), await ask(mine)]).toEqual([200, 404]);
  await changeAccess(p.alice, { slug: "open", openTo: "team" });
});

test("an owner who becomes an editor sees what she is named in", async () => {
  const second = await colleague(p.alice, "owner");
  expect(await slugs(second)).toContain(ids.project);
  await changeRole(p.alice, { userId: second.userId, role: "editor" });
  expect(await slugs(second)).not.toContain(ids.project);
});

test("who leaves the team is named no more, also when she comes back", async () => {
  const guest = await colleague(p.alice, "viewer");
  await changeAccess(p.alice, { slug: ids.project, add: [guest.userId] });
  await removeMember(p.alice, { userId: guest.userId });
  const left = await p.alice.db.select().from(projectMembers);
  expect(left.map(({ userId }) => userId)).not.toContain(guest.userId);
});

test.each([
  ["a stranger", () => p.mallory.userId],
  ["nobody", () => "none"],
])("%s cannot be named", async (_, userId) => {
  const asked = changeAccess(p.alice, { slug: ids.project, add: [userId()] });
  await expect(asked).rejects.toMatchObject({ code: "not_found" });
});

test("what is deleted of it is told to those who saw it", async () => {
  const labels = async (who: Person) => (await listDeletions(await asNow(who))).map(({ label }) => label);
  const runs = { project: ids.project, runIds: [ids.runId] };
  const { confirm } = await previewDeletion(p.alice, runs);
  await startDeletion(p.alice, { ...runs, confirm });
  expect([await labels(p.alice), await labels(named), await labels(other)]).toEqual([
    [expect.stringContaining("run ")],
    [expect.stringContaining("run ")],
    [],
  ]);
  const whole = await previewDeletion(p.alice, { project: ids.project });
  await startDeletion(p.alice, { project: ids.project, confirm: whole.confirm });
  while (await deleteNext(p.alice)) {
    // until all is gone
  }
  expect((await labels(p.alice)).length).toBe(2);
  expect(await labels(other)).toEqual([]);
});
