import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { LIMITS } from "@/lib/protocol";
import { trpc } from "@/server/api/http";
import { append } from "@/server/http/native/metrics";
import { NDJSON } from "@/server/http/native/metrics-body";
import { create } from "@/server/http/native/runs";
import { series } from "@/server/http/native/series";
import { createProject } from "@/server/services/project";
import { call, keyWith, product } from "./product";

vi.mock("next/headers", () => ({ headers: async () => new Headers(), cookies: async () => ({ getAll: () => [] }) }));

const p = product();
let key: string;
let id: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write", "read");
  await createProject(p.alice, { name: "Hostile", slug: "hostile" });
  id = (await call(create, { key, body: { project: "hostile" } })).body.id;
});

const MB = 1_000_000;
const batchOf = (values: string) => `{"writer":"w","seq":0,"series":[{"metric":"m","steps":[1],"values":[${values}]}]}`;
const texts: [string, string, number][] = [
  ["a quote and a million escaped ones", `"${'\\"'.repeat(MB)}`, 400],
  ["blanks", " ".repeat(16 * MB), 400],
  ["a million nulls for values", batchOf(`${"null,".repeat(MB)}null`), 413],
  ["20,000 nulls for values", batchOf(`${"null,".repeat(20_000)}null`), 422],
  ["empty arrays", `[${"[],".repeat(3 * MB)}[]]`, 413],
  ["many series", `{"writer":"w","seq":0,"series":[${"{},".repeat(100_000)}{}]}`, 422],
  [
    "many steps",
    `{"writer":"w","seq":0,"series":[{"metric":"m","values":[],"steps":[${"-1,".repeat(100_000)}1]}]}`,
    422,
  ],
  ["brackets without end", "[".repeat(16 * MB), 400],
  ["a number without end", "1".repeat(16 * MB), 422],
];

describe("a hostile body is refused with what is wrong, and at most 20 issues", () => {
  test.each(texts)("%s", async (_name, raw, status) => {
    for (const [handler, content] of [
      [append, raw],
      [append, new Uint8Array(gzipSync(raw))],
      [series, raw],
    ] as const) {
      const headers = typeof content === "string" ? {} : { "content-encoding": "gzip" };
      const answer = await call(handler, { key, id, raw: content, headers: headers as Record<string, string> });
      expect([answer.status, answer.status < 500]).toEqual([handler === append ? status : answer.status, true]);
      expect(answer.body.error.issues.length).toBeLessThanOrEqual(20);
      expect(answer.text.length).toBeLessThan(10_000);
    }
  });

  test("NDJSON of 10,000 lines is taken, of more lines or points refused before all are read", async () => {
    const lines = (n: number, metrics: number) =>
      Array.from({ length: n }, (_, step) =>
        JSON.stringify({ step, ...Object.fromEntries(Array.from({ length: metrics }, (_, m) => [`m${m}`, 1])) }),
      ).join("\n");
    const send = (raw: string) => call(append, { key, id, raw, headers: { "content-type": NDJSON } });
    expect((await send(lines(LIMITS.batchPoints, 1))).body).toMatchObject({ accepted: 10_000 });
    expect((await send(lines(200_000, 1))).status).toBe(422);
    expect((await send(lines(100, 101))).status).toBe(422);
    expect((await send("\n".repeat(10 * MB))).status).toBe(422);
    expect((await send(`{"step":1${',"a":null'.repeat(MB)}}`)).status).toBe(422);
  });
});

describe("tRPC", () => {
  const send = async (path: string, body?: BodyInit, headers: Record<string, string> = {}) => {
    const init =
      body === undefined ? {} : { method: "POST", body, headers: { "content-type": "application/json", ...headers } };
    const response = await trpc(new Request(`http://etalon.test/api/trpc/${path}`, init));
    return { status: response.status, text: await response.text() };
  };

  test("parses nothing of an anonymous body but the little that a public procedure needs", async () => {
    const many = `{"json":{"key":[${"[],".repeat(MB)}[]]}}`;
    expect((await send("share.read", many)).status).toBe(413);
    expect((await send("share.read", new Uint8Array(gzipSync(many)), { "content-encoding": "gzip" })).status).toBe(413);
    expect((await send("fit.save", many)).status).toBe(401);
    expect((await send("fit.save,share.read?batch=1", many)).status).toBe(401);
    expect((await send("no.such", "{}")).status).toBe(401);
    expect((await send(`${"share.read,".repeat(500)}share.read?batch=1`)).status).toBe(413);
    expect((await send("share.read", '{"json":{"key":"unknown"}}')).status).toBe(404);
  });

  test("says nothing of statements and parameters", async () => {
    const nul = await send("share.read", '{"json":{"key":"a\\u0000b"}}');
    expect(nul.status).toBe(422);
    expect(nul.text).not.toMatch(/select|params|Failed query/i);
  });
});

test("an answer of curves is bounded, and a range on a log scale begins above 0", async () => {
  const runIds = Array.from({ length: 1_000 }, () => id);
  const ask = (part: object) => call(series, { key, body: { runIds: [id], metric: "m", ...part } });
  expect(await ask({ runIds, buckets: 100_000 })).toMatchObject({
    status: 422,
    body: { error: { issues: [{ field: "buckets" }] } },
  });
  expect(await ask({ scale: "log", from: 0 })).toMatchObject({
    status: 422,
    body: { error: { issues: [{ field: "from" }] } },
  });
  await p.alice.sql`update metric_summaries set points = 400000000`;
  expect(
    (await ask({ metric: "m0", runIds: [id, (await call(create, { key, body: { project: "hostile" } })).body.id] }))
      .status,
  ).toBe(413);
});
