import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SERIES_TYPE } from "@/lib/series";
import { append } from "@/server/http/native/metrics";
import { BINARY, NDJSON } from "@/server/http/native/metrics-body";
import { create, finish } from "@/server/http/native/runs";
import { series } from "@/server/http/native/series";
import { answerProgram } from "@/server/http/programs";
import { readSeries } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { ask, call, keyWith, product } from "./product";

const p = product();
let key: string;
let id: string;
let server: Server;
let url: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write");
  await createProject(p.alice, { name: "Bodies", slug: "bodies" });
  id = await newRun();
  server = createServer((req, res) => void (answerProgram(req, res) || res.writeHead(404).end()));
  // a connection that idles while this process is busy must not be closed under the next request
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function newRun(): Promise<string> {
  return (await call(create, { key, body: { project: "bodies" } })).body.id;
}

/** The same body to Next's side of the table and to Node's: both must say the same. */
async function send(raw: string | Buffer, headers: Record<string, string> = {}, query = "", run = id) {
  const body = typeof raw === "string" ? raw : new Uint8Array(raw);
  const next = await call(append, { key, id: run, raw: body, headers, query });
  const response = await fetch(`${url}/api/v1/runs/${run}/metrics${query}`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  const node = (await response.json()) as {
    error?: { code: string; message: string; issues: { field: string; message: string }[] };
  };
  if (next.status !== 200) expect([response.status, node]).toEqual([next.status, next.body]);
  return { status: next.status, error: next.body.error as NonNullable<typeof node.error> };
}

const good = { writer: "w", seq: 0, series: [{ metric: "loss", steps: [1, 2], values: [1, 2] }] };
const text = JSON.stringify(good);

describe("a broken body is refused with code and place", () => {
  const cases: [string, string | Buffer, Record<string, string>, number, string, RegExp][] = [
    ["cut off", text.slice(0, 30), {}, 400, "malformed", /line 1, column \d+/],
    ["broken on its third line", '{\n"writer": "w",\n"seq" 0}', {}, 400, "malformed", /line 3, column/],
    ["empty", "", {}, 400, "malformed", /line 1, column 1/],
    ["nested a million deep", `${"[".repeat(1e6)}${"]".repeat(1e6)}`, {}, 400, "malformed", /deep/],
    ["nested a million deep and never closed", "[".repeat(1e6), {}, 400, "malformed", /deep/],
    [
      "a value nested deep",
      `{"writer":"w","seq":0,"series":[{"metric":"m","steps":[1],"values":[${"[".repeat(1e5)}${"]".repeat(1e5)}]}]}`,
      {},
      422,
      "invalid",
      /./,
    ],
    [
      "not UTF-8",
      Buffer.concat([Buffer.from('{"writer":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
      {},
      400,
      "malformed",
      /byte 11/,
    ],
    [
      "half a surrogate pair in a name",
      text.replace('"loss"', '"\\ud800"'),
      {},
      422,
      "invalid",
      /cannot be accepted|surrogate|invalid input/,
    ],
    ["step 2^53 + 1", text.replace("[1,2]", "[1,9007199254740993]"), {}, 422, "invalid", /./],
    ["a gzip bomb", gzipSync(Buffer.alloc(70_000_000)), { "content-encoding": "gzip" }, 413, "too_large", /unpacked/],
    ["cut-off gzip", gzipSync(text).subarray(0, 20), { "content-encoding": "gzip" }, 400, "malformed", /gzip/],
    ["an unknown encoding", text, { "content-encoding": "zstd" }, 400, "malformed", /zstd/],
    ["no deflate", text, { "content-encoding": "deflate" }, 400, "malformed", /deflate/],
    [
      "a brotli bomb",
      brotliCompressSync(Buffer.alloc(70e6)),
      { "content-encoding": "br" },
      413,
      "too_large",
      /unpacked/,
    ],
    ["a fault behind a bare NaN", '{"a":-Infinity,\n"b":[NaN,,]}', {}, 400, "malformed", /line 2, column 10/],
    ["a number too large", text.replace("[1,2]}", "[1e400,2]}"), {}, 422, "invalid", /./],
    ["NDJSON with a number too large", '{"step":1,"a":1e400}', { "content-type": NDJSON }, 422, "invalid", /lines/],
    ["NDJSON with a broken line", '{"step":1,"a":1}\n{"step":', { "content-type": NDJSON }, 422, "invalid", /lines/],
    ["NDJSON without a step", '{"a":1}', { "content-type": NDJSON }, 422, "invalid", /lines/],
    ["NDJSON with a word for a value", '{"step":1,"a":"high"}', { "content-type": NDJSON }, 422, "invalid", /lines/],
    ["NDJSON with nothing in it", '{"step":1}\n\n', { "content-type": NDJSON }, 422, "invalid", /no metric/],
    ["a binary body of three bytes", Buffer.from([1, 2, 3]), { "content-type": BINARY }, 400, "malformed", /byte 0/],
    [
      "a binary body with a huge header length",
      Buffer.from([255, 255, 255, 255, 1]),
      { "content-type": BINARY },
      400,
      "malformed",
      /byte 0/,
    ],
  ];
  test.each(cases)("%s", async (_name, body, headers, status, code, message) => {
    const { status: got, error } = await send(body, headers);
    expect([got, error.code]).toEqual([status, code]);
    expect(error.message).toMatch(message);
    if (error.code === "invalid") expect(error.issues.length).toBeGreaterThan(0);
  });

  test("NDJSON issues name line and key", async () => {
    const { error } = await send('{"step":1,"a":1}\n{"step":-2,"a":1}\n{"step":3,"b":[]}', { "content-type": NDJSON });
    expect(error.issues.map((i) => i.field)).toEqual(["line 2, step", "line 3, b"]);
  });

  test("nothing of all that was stored", async () => {
    const [stored] = await p.alice.sql`select count(*)::int as n from metric_segments where run_id = ${id}`;
    expect(stored!.n).toBe(0);
  });
});

test("NDJSON: bare NaN, partial tokens and times, the same text twice counts once", async () => {
  const run = await newRun();
  const lines =
    '{"step":1,"tokens":10,"loss":NaN,"é \\"NaN\\"":1}\n{"step":2,"loss":-Infinity}\n{"step":3,"time":5,"loss":Infinity,"skip":null}\n';
  expect((await send(lines, { "content-type": NDJSON }, "", run)).status).toBe(200);
  const [loss] = await readSeries(p.alice, { runIds: [run], metric: "loss" });
  expect(loss).toMatchObject({
    steps: [1, 2, 3],
    values: [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    tokens: [10, null, null],
    times: [null, null, 5],
  });
  const [name] = await readSeries(p.alice, { runIds: [run], metric: 'é "NaN"' });
  expect(name!.values).toEqual([1]);
  const [ledger] = await p.alice.sql`select count(*)::int as n from ingest_batches where run_id = ${run}`;
  expect(ledger!.n).toBe(1);
});

test("packings, a byte order mark and bare NaN, as programs send them", async () => {
  const run = await newRun();
  const bodies: [Buffer, string][] = [
    [gzipSync(text), "GZIP"],
    [gzipSync(text), "x-gzip"],
    [deflateSync(text), "deflate"],
    [deflateRawSync(text), "deflate"],
    [brotliCompressSync(text), "br"],
    [Buffer.from(text), "Identity"],
    [Buffer.from(`\uFEFF${text}`), ""],
  ];
  for (const [body, encoding] of bodies) {
    const { status } = await send(body, encoding ? { "content-encoding": encoding } : {}, "", run);
    expect([encoding, status]).toEqual([encoding, 200]);
  }
  const words =
    '{"writer":"words","seq":0,"series":[{"metric":"NaN","steps":[1,2,3],"values":[NaN,-Infinity,Infinity]}]}';
  expect((await send(words, {}, "", run)).status).toBe(200);
  const [kept] = await readSeries(p.alice, { runIds: [run], metric: "NaN" });
  expect(kept!.values).toEqual([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  const made = await call(create, { key, raw: '\uFEFF{"project":"bodies","config":{"clip":Infinity}}' });
  expect(made.status).toBe(200);
  const ended = await call(finish, { key, id: made.body.id, raw: '{"state":"finished","finalLoss":NaN}' });
  expect(ended.body.state).toBe("finished");
});

test("a field called __proto__ is stored as a metric and refused elsewhere, never left out in silence", async () => {
  const run = await newRun();
  const line = '{"step":1,"__proto__":2,"constructor":3}';
  expect((await send(line, { "content-type": NDJSON }, "", run)).status).toBe(200);
  const [kept] = await readSeries(p.alice, { runIds: [run], metric: "__proto__" });
  expect(kept!.values).toEqual([2]);
  const refused = await call(create, { key, raw: '{"project":"bodies","config":{"a":{"__proto__":1}}}' });
  expect([refused.status, refused.body.error.issues[0].field]).toEqual([422, "config.a.__proto__"]);
});

test("20,000 metric names a run and no more", async () => {
  const run = await newRun();
  const names = (from: number, n: number) =>
    Array.from({ length: n }, (_, i) => ({ metric: `m ${from + i}`, values: [1] }));
  const body = (seq: number, from: number, n: number) =>
    JSON.stringify({ writer: "w", seq, steps: [1], series: names(from, n) });
  expect((await call(append, { key, id: run, raw: body(0, 0, 10_000) })).status).toBe(200);
  expect((await call(append, { key, id: run, raw: body(1, 10_000, 10_000) })).status).toBe(200);
  const refused = await call(append, { key, id: run, raw: body(2, 20_000, 1) });
  expect([refused.status, refused.body.error.code]).toEqual([422, "invalid"]);
  expect((await call(append, { key, id: run, raw: body(3, 5, 100) })).status).toBe(200);
});

test("whatever is done to a body, the answer is a word of ours", async () => {
  const bodies: [Buffer, Record<string, string>][] = [
    [Buffer.from(text), {}],
    [gzipSync(text), { "content-encoding": "gzip" }],
    [Buffer.from('{"step":1,"tokens":10,"loss":NaN}\n{"step":2,"loss":1}'), { "content-type": NDJSON }],
    [binary(), { "content-type": BINARY }],
  ];
  const damage = fc.record({
    which: fc.nat(bodies.length - 1),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 0, maxLength: 6 }),
    cut: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ which, at, bytes, cut }) => {
      const [whole, headers] = bodies[which]!;
      const from = at % whole.length;
      const rest = cut ? Buffer.alloc(0) : whole.subarray(from + bytes.length);
      const { status } = await send(Buffer.concat([whole.subarray(0, from), bytes, rest]), headers);
      expect([200, 400, 413, 422]).toContain(status);
    }),
    { numRuns: 300 },
  );
});

test("series of Node's side are those of Next's, and so are refusals", async () => {
  const run = await newRun();
  const values = [2, "NaN", 1.5];
  await send(
    JSON.stringify({ writer: "w", seq: 0, series: [{ metric: "loss", steps: [1, 2, 9], values }] }),
    {},
    "",
    run,
  );
  const readKey = await keyWith(p.alice, "read");
  const both = async (raw: string, headers: Record<string, string>, as = readKey) => {
    const init = { method: "POST", body: raw, headers: { authorization: `Bearer ${as}`, ...headers } };
    const answers = [await ask(series, { key: as, raw, headers }), await fetch(`${url}/api/v1/series`, init)];
    const [next, node] = await Promise.all(
      answers.map(async (a) => [
        a.status,
        a.headers.get("content-type"),
        Buffer.from(await a.arrayBuffer()).toString("hex"),
      ]),
    );
    expect(node).toEqual(next);
    return next![0];
  };
  const query = (part: object) => JSON.stringify({ runIds: [run], metric: "loss", ...part });
  for (const accept of ["application/json", SERIES_TYPE])
    for (const part of [{}, { buckets: 2 }, { metric: "none" }]) expect(await both(query(part), { accept })).toBe(200);
  expect(await both(query({ buckets: 0 }), {})).toBe(422);
  expect(await both("{", {})).toBe(400);
  expect(await both(query({ runIds: [crypto.randomUUID()] }), {})).toBe(404);
  expect(await both(query({}), {}, key)).toBe(403);
  expect(await both(query({}), {}, "etl_unknown")).toBe(401);
});

test("a path that is no percent-encoding and a key without the scope are refused", async () => {
  const status = async (path: string, as = key) => {
    const headers = { authorization: `Bearer ${as}` };
    const answer = await fetch(`${url}/api/v1/runs/${path}/metrics`, { method: "POST", body: text, headers });
    return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code];
  };
  expect(await status("%E0%A4%A")).toEqual([400, "malformed"]);
  expect(await status(id, await keyWith(p.alice, "read"))).toEqual([403, "forbidden"]);
  expect(await status("none")).toEqual([404, "not_found"]);
});

function binary(): Buffer {
  const header = JSON.stringify({
    writer: "b",
    seq: 0,
    axes: [{ points: 2, tokens: true, times: false }],
    series: [{ metric: "m", axis: 0 }],
  });
  const start = Math.ceil((4 + header.length) / 8) * 8;
  const body = Buffer.alloc(start + 48);
  body.writeUInt32LE(header.length, 0);
  body.write(header, 4);
  body.set(new Uint8Array(Float64Array.from([1, 2, 10, 20, 0.5, Number.NaN]).buffer), start);
  return body;
}
