import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS, type MetricBatch } from "@/lib/protocol";
import { append as metrics } from "@/server/http/native/metrics";
import { create } from "@/server/http/native/runs";
import { rewinds } from "@/server/http/native/series";
import { appendMetrics, columnsOf, readSeries } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { convertPoints } from "@/server/store";
import { call, keyWith, product } from "./product";

const p = product();
let key: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write");
  await createProject(p.alice, { name: "Points", slug: "points" });
});

async function newRun(): Promise<string> {
  return (await call(create, { key, body: { project: "points" } })).body.id;
}

async function valuesOf(runId: string, metric = "loss") {
  const [series] = await readSeries(p.alice, { runIds: [runId], metric });
  return series!;
}

const batch = (seq: number, steps: number[], values: unknown[], writer = "w") => ({
  writer,
  seq,
  series: [{ metric: "loss", steps, values }],
});

describe("exactly once", () => {
  test("a batch that is sent again adds nothing, even with other points", async () => {
    const id = await newRun();
    expect((await call(metrics, { key, id, body: batch(0, [1, 2], [5, 4]) })).body).toEqual({
      accepted: 2,
      duplicate: false,
    });
    expect((await call(metrics, { key, id, body: batch(0, [1, 2, 3], [9, 9, 9]) })).body).toEqual({
      accepted: 0,
      duplicate: true,
    });
    expect(await valuesOf(id)).toMatchObject({ steps: [1, 2], values: [5, 4] });
  });

  test("the same number of another writer, or of another run, is another batch", async () => {
    const [one, two] = [await newRun(), await newRun()];
    await call(metrics, { key, id: one, body: batch(0, [1], [1]) });
    await call(metrics, { key, id: one, body: batch(0, [2], [2], "another writer") });
    await call(metrics, { key, id: two, body: batch(0, [3], [3]) });
    expect((await valuesOf(one)).steps).toEqual([1, 2]);
    expect((await valuesOf(two)).steps).toEqual([3]);
  });

  test("of twenty copies sent at once one is stored", async () => {
    const id = await newRun();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call(metrics, { key, id, body: batch(7, [1], [1]) })),
    );
    expect(answers.filter((a) => a.body.duplicate === false)).toHaveLength(1);
    expect(answers.every((a) => a.status === 200)).toBe(true);
  });

  test("the last arrival wins per step, within a batch and between batches", async () => {
    const id = await newRun();
    await call(metrics, { key, id, body: batch(0, [1, 2, 1], [10, 20, 11]) });
    await call(metrics, { key, id, body: batch(1, [2], [21]) });
    expect(await valuesOf(id)).toMatchObject({ steps: [1, 2], values: [11, 21] });
  });

  test("writers of one run in parallel do not deadlock and lose nothing", async () => {
    const id = await newRun();
    const jobs = Array.from({ length: 8 }, async (_, w) => {
      for (let seq = 0; seq < 10; seq++) {
        // Opposite orders of the same metrics would deadlock on the rows of the points.
        const names = w % 2 === 0 ? ["a", "b"] : ["b", "a"];
        const series = names.map((metric) => ({ metric, steps: [seq, seq * 10 + w + 100], values: [w, w] }));
        const { status } = await call(metrics, { key, id, body: { writer: `w${w}`, seq, series } });
        expect(status).toBe(200);
      }
    });
    await Promise.all(jobs);
    expect((await valuesOf(id, "a")).steps).toEqual((await valuesOf(id, "b")).steps);
    expect((await valuesOf(id, "a")).steps.length).toBe(10 + 80 + 0);
  });
});

describe("values", () => {
  test("come back with the same bits", async () => {
    const id = await newRun();
    const exact = [-0, 0, 2 ** 53, -(2 ** 53), 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1e21, 1 / 3];
    const sent = [...exact, "NaN", "Infinity", "-Infinity"];
    // JSON.stringify writes -0 as 0, so the body is written by hand.
    const text = JSON.stringify(batch(0, [...sent.keys()], sent)).replace('"values":[0,', '"values":[-0,');
    expect((await call(metrics, { key, id, raw: text })).status).toBe(200);
    const { values } = await valuesOf(id);
    const expected = [...exact, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(values.map(bits)).toEqual(expected.map(bits));
  });

  test("steps up to 2^53 - 1, tokens and times come back as sent", async () => {
    const id = await newRun();
    const series = [
      {
        metric: "loss",
        steps: [1, Number.MAX_SAFE_INTEGER],
        values: [1, 2],
        tokens: [512, 1e15],
        times: [1_700_000_000_123, 0],
      },
    ];
    expect((await call(metrics, { key, id, body: { writer: "w", seq: 0, series } })).status).toBe(200);
    expect(await valuesOf(id)).toMatchObject({
      steps: [1, Number.MAX_SAFE_INTEGER],
      tokens: [512, 1e15],
      times: [1_700_000_000_123, 0],
    });
  });

  test("a run that is resumed says where counting goes on: after the last step that is visible, of whatever metric", async () => {
    const begin = async () => (await call(create, { key, body: { project: "points", id: "resumed" } })).body;
    const { id, ...first } = await begin();
    expect(first).toEqual({ resumed: false, nextStep: 0 });
    expect(await begin()).toEqual({ id, resumed: true, nextStep: 0 });
    const series = [
      { metric: "a", steps: [3, 1], values: [1, 2] },
      { metric: "b", steps: [0, 41], values: [1, "NaN"] },
    ];
    await call(metrics, { key, id, body: { writer: "w", seq: 0, series } });
    expect(await begin()).toEqual({ id, resumed: true, nextStep: 42 });
    await call(metrics, { key, id, body: { writer: "w", seq: 1, rewindTo: 2, series: [] } });
    expect(await begin()).toEqual({ id, resumed: true, nextStep: 2 });
  });

  test("the run shows its newest step, tokens and loss", async () => {
    const id = await newRun();
    const series = [{ metric: "train/loss", steps: [4, 2], values: [3.5, 4], tokens: [400, 200] }];
    await appendMetrics(p.alice, { runId: id, batch: columnsOf({ writer: "w", seq: 0, series }) });
    const run = await p.alice.api.run.get({ team: p.alice.team, id });
    expect(run).toMatchObject({ lastStep: 4, lastLoss: 3.5, state: "running" });
  });
});

describe("refused, with the field and nothing stored", () => {
  const series = (part: object) => ({
    writer: "w",
    seq: 0,
    series: [{ metric: "loss", steps: [1], values: [1], ...part }],
  });
  const good = { metric: "good", steps: [1], values: [1] };
  const cases: [string, unknown, number, string][] = [
    ["no writer", { seq: 0, series: [good] }, 422, "writer"],
    ["a negative number", { writer: "w", seq: -1, series: [good] }, 422, "seq"],
    ["no series", { writer: "w", seq: 0, series: [] }, 422, "series"],
    ["an unknown field", { writer: "w", seq: 0, series: [good], extra: 1 }, 422, "body"],
    ["a fractional step", { writer: "w", seq: 0, series: [good, { ...good, steps: [0.5] }] }, 422, "series.1.steps.0"],
    ["a step above 2^53", series({ steps: [2 ** 53] }), 422, "series.0.steps.0"],
    ["a value that is a word", series({ values: ["big"] }), 422, "series.0.values.0"],
    ["a value that is null", series({ values: [null] }), 422, "series.0.values.0"],
    ["fewer values than steps", series({ steps: [1, 2] }), 422, "series.0.values"],
    ["an empty name", series({ metric: "" }), 422, "series.0.metric"],
    ["a name of 501 bytes", series({ metric: "é".repeat(251) }), 422, "series.0.metric"],
    ["a name with U+0000", series({ metric: "a\u0000b" }), 422, "series.0.metric"],
    ["a time out of range", series({ times: [1e17] }), 422, "series.0.times.0"],
  ];

  test.each(cases)("%s", async (_name, body, status, field) => {
    const id = await newRun();
    const answer = await call(metrics, { key, id, body });
    expect(answer.status).toBe(status);
    expect(answer.body.error.code).toBe("invalid");
    expect(answer.body.error.issues.map((i: { field: string }) => i.field)).toContain(field);
    expect((await p.alice.api.run.get({ team: p.alice.team, id })).metrics).toEqual([]);
  });

  test("too many points", async () => {
    const id = await newRun();
    const steps = Array.from({ length: LIMITS.batchPoints + 1 }, (_, i) => i);
    const answer = await call(metrics, { key, id, body: batch(0, steps, steps) });
    expect(answer.status).toBe(422);
    expect(answer.body.error.issues).toEqual([{ field: "series", message: "10001 points; a batch may have 10000" }]);
    expect((await call(metrics, { key, id, body: batch(0, steps.slice(1), steps.slice(1)) })).status).toBe(200);
  });

  test("a body above the limit, plain or unpacked", async () => {
    const id = await newRun();
    const plain = await call(metrics, { key, id, raw: " ".repeat(LIMITS.bodyBytes + 1) });
    expect([plain.status, plain.body.error.code]).toEqual([413, "too_large"]);
    const bomb = gzipSync(Buffer.alloc(4 * LIMITS.bodyBytes + 1, " "));
    const packed = await call(metrics, { key, id, raw: bomb, headers: { "content-encoding": "gzip" } });
    expect([packed.status, packed.body.error.code]).toEqual([413, "too_large"]);
  });

  test("a body that is not JSON or not gzip", async () => {
    const id = await newRun();
    const text = await call(metrics, { key, id, raw: "{" });
    expect([text.status, text.body.error.code]).toEqual([400, "malformed"]);
    const packed = await call(metrics, { key, id, raw: "{}", headers: { "content-encoding": "gzip" } });
    expect([packed.status, packed.body.error.code]).toEqual([400, "malformed"]);
  });

  test("one bad point among good ones: all or nothing", async () => {
    const id = await newRun();
    const broken: MetricBatch = {
      writer: "w",
      seq: 0,
      series: [good, { metric: "bad\u0000", steps: [1], values: [1] }],
    };
    await expect(appendMetrics(p.alice, { runId: id, batch: columnsOf(broken) })).rejects.toThrow();
    expect((await valuesOf(id, "good")).steps).toEqual([]);
    const repaired = { ...broken, series: [good] };
    expect((await appendMetrics(p.alice, { runId: id, batch: columnsOf(repaired) })).duplicate).toBe(false);
  });
});

test("any sequence of batches gives what a map in memory gives", async () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY));
  const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), value), { minLength: 1, maxLength: 8 });
  const anyBatch = fc.record({
    writer: fc.constantFrom("a", "b"),
    seq: fc.integer({ min: 0, max: 4 }),
    parts: fc.array(fc.record({ metric: fc.constantFrom("x", "y"), points }), { minLength: 1, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyBatch, { minLength: 1, maxLength: 10 }), async (batches) => {
      const runId = await newRun();
      const seen = new Set<string>();
      const model = new Map<string, number>();
      for (const b of batches) {
        const series = b.parts.map((part) => ({
          metric: part.metric,
          steps: part.points.map(([step]) => step),
          values: part.points.map(([, v]) => v),
        }));
        const { duplicate } = await appendMetrics(p.alice, {
          runId,
          batch: columnsOf({ writer: b.writer, seq: b.seq, series }),
        });
        expect(duplicate).toBe(seen.has(`${b.writer} ${b.seq}`));
        if (duplicate) continue;
        seen.add(`${b.writer} ${b.seq}`);
        for (const part of b.parts) for (const [step, v] of part.points) model.set(`${part.metric} ${step}`, v);
      }
      for (const metric of ["x", "y"]) {
        const stored = await valuesOf(runId, metric);
        const expected = [0, 1, 2, 3, 4, 5, 6].filter((step) => model.has(`${metric} ${step}`));
        expect(stored.steps).toEqual(expected);
        expect(stored.values.map(bits)).toEqual(expected.map((step) => bits(model.get(`${metric} ${step}`)!)));
      }
    }),
    { numRuns: 40 },
  );
});

/** The 64 bits of a double; every NaN is the same one. */
function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16);
}

test("points of version 0.1, a row each, move into the store exactly, also when the move is begun again", async () => {
  const id = await newRun();
  const points = Array.from({ length: 12_000 }, (_, i) => ({
    step: i,
    value: i === 7 ? Number.NaN : Math.sin(i),
    tokens: i % 3 === 0 ? null : 512 * i,
    time: i % 2 === 0 ? null : 1.7e12 + i,
  }));
  const before = async (rows: typeof points) => {
    await p.alice
      .sql`create table metric_points_before_chunks (run_id uuid, metric text, step bigint, value float8, tokens bigint, time timestamptz)`;
    await p.alice.sql`
      insert into metric_points_before_chunks
      select ${id}, 'old "loss"', t.step, t.value, t.tokens, to_timestamp(t.time / 1000)
      from unnest(${rows.map((r) => r.step)}::int8[], ${rows.map((r) => String(r.value))}::float8[],
        ${rows.map((r) => r.tokens)}::int8[], ${rows.map((r) => r.time)}::float8[]) as t (step, value, tokens, time)`;
  };
  const lines: string[] = [];
  await convertPoints(p.alice, (line) => lines.push(line));
  expect(lines).toEqual([]);
  await before(points.slice(0, 5_000));
  await convertPoints(p.alice, (line) => lines.push(line));
  await before(points);
  await convertPoints(p.alice, (line) => lines.push(line));
  expect(lines).toHaveLength(2);
  const read = await valuesOf(id, 'old "loss"');
  expect(read.steps).toEqual(points.map((q) => q.step));
  expect(read.values).toEqual(points.map((q) => q.value));
  expect(read.tokens).toEqual(points.map((q) => q.tokens));
  expect(read.times).toEqual(points.map((q) => q.time));
});

test("a run's rewinds are listed, and each gives back the points that it hid", async () => {
  const id = await newRun();
  const send = (seq: number, steps: number[], rewindTo?: number) =>
    appendMetrics(p.alice, {
      runId: id,
      batch: columnsOf({
        writer: "w",
        seq,
        rewindTo,
        series: [{ metric: "loss", steps, values: steps.map((s) => (s === 4 ? Number.NaN : s + seq / 10)) }],
      }),
    });
  await send(0, [1, 2, 3, 4]);
  await send(1, [3, 4, 5], 2);
  await send(2, [5], 4);
  const reader = await keyWith(p.alice, "read");
  const get = (query: string) => call(rewinds, { key: reader, id, query });
  expect((await get("")).body.rewinds).toMatchObject([
    { no: 1, step: 2 },
    { no: 2, step: 4 },
  ]);
  expect((await get("?rewind=1&metric=loss")).body).toMatchObject({ steps: [3, 4], values: [3, "NaN"] });
  expect((await get("?rewind=2&metric=loss")).body).toMatchObject({ steps: [5], values: [5.1] });
  expect((await get("?rewind=2&metric=other")).body).toMatchObject({ steps: [], values: [] });
  expect((await get("?rewind=3&metric=loss")).status).toBe(404);
  expect((await get("?rewind=0&metric=loss")).status).toBe(422);
  expect((await get("?rewind=1")).body.error.issues).toEqual([{ field: "metric", message: "missing" }]);
});
