import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { writerOf } from "@/db/client";
import { BUCKET_COLUMNS, type Summary, whole } from "@/lib/series";
import { create } from "@/server/http/runs";
import {
  appendMetrics,
  columnsOf,
  compactRun,
  foldLedger,
  readBuckets,
  readHidden,
  readSeries,
  readSummaries,
} from "@/server/services/metric";
import { limits } from "@/server/services/metric/writer";
import { createProject } from "@/server/services/project";
import { finishRun } from "@/server/services/run";
import { call, keyWith, product } from "./product";

const p = product();
let key: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write");
  await createProject(p.alice, { name: "Store", slug: "store" });
});

async function newRun(): Promise<string> {
  return (await call(create, { key, body: { project: "store" } })).body.id;
}

type Point = { value: number; tokens: number | null; time: number | null };

/** What the store should say: per metric the visible points by step, and what each rewind hid. */
class Model {
  readonly visible = new Map<string, Map<number, Point>>();
  readonly hidden: Map<string, Map<number, Point>>[] = [];
  private readonly seen = new Set<string>();

  /** False for a batch that was there before. */
  add(b: Batch): boolean {
    const id = `${b.writer} ${b.seq}`;
    if (this.seen.has(id)) return false;
    this.seen.add(id);
    if (b.rewindTo !== undefined) this.rewind(b.rewindTo);
    for (const s of b.series) {
      const points = this.visible.get(s.metric) ?? new Map<number, Point>();
      this.visible.set(s.metric, points);
      s.steps.forEach((step, i) => {
        points.set(step, { value: s.values[i]!, tokens: s.tokens?.[i] ?? null, time: s.times?.[i] ?? null });
      });
    }
    return true;
  }

  private rewind(to: number): void {
    const gone = new Map<string, Map<number, Point>>();
    for (const [metric, points] of this.visible) {
      const above = [...points].filter(([step]) => step > to);
      gone.set(metric, new Map(above));
      for (const [step] of above) points.delete(step);
    }
    this.hidden.push(gone);
  }
}

const value = fc.oneof(
  fc.double(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const steps = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 }),
  fc.integer({ min: 0, max: 40 }).map((from) => Array.from({ length: 6 }, (_, i) => from + i)),
);
const series = fc.record({ metric: fc.constantFrom("x", "y/@ é😀\"'"), steps }).chain(({ metric, steps: s }) => {
  const column = <T>(a: fc.Arbitrary<T>) => fc.array(a, { minLength: s.length, maxLength: s.length });
  return fc.record(
    {
      metric: fc.constant(metric),
      steps: fc.constant(s),
      values: column(value),
      tokens: column(fc.integer({ min: 0, max: 2 ** 53 - 1 })),
      times: column(fc.double({ min: 0, max: 8e15, noNaN: true })),
    },
    { requiredKeys: ["metric", "steps", "values"] },
  );
});
const batch = fc.record(
  {
    writer: fc.constantFrom("a", "b"),
    seq: fc.integer({ min: 0, max: 9 }),
    rewindTo: fc.integer({ min: 0, max: 20 }),
    series: fc.array(series, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ["writer", "seq", "series"] },
);
type Batch = typeof batch extends fc.Arbitrary<infer B> ? B : never;
const action = fc.oneof(
  { weight: 5, arbitrary: batch.map((b) => ({ kind: "batch" as const, batch: b })) },
  { weight: 2, arbitrary: fc.constant({ kind: "compact" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "fold" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "finish" as const }) },
);

test("whatever comes in whatever order, compacted at any moment, is read as a model in memory has it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 14 }), async (actions) => {
      const runId = await newRun();
      const model = new Model();
      for (const a of actions) {
        if (a.kind === "batch") {
          const fresh = model.add(a.batch);
          const answer = await appendMetrics(p.alice, { runId, batch: columnsOf(a.batch) });
          expect(answer.duplicate).toBe(!fresh);
        } else if (a.kind === "compact") await compactRun(p.alice.sql, runId);
        else if (a.kind === "fold") await foldLedger(p.alice.sql, 0);
        else await finishRun(p.alice, { runId, ...RESULT });
        await agrees(runId, model);
      }
      while ((await compactRun(p.alice.sql, runId)) > 0) await agrees(runId, model);
      await compactRun(p.alice.sql, runId);
      await agrees(runId, model);
      await hiddenAgrees(runId, model);
    }),
    { numRuns: Number(process.env.ETALON_PROPERTY_RUNS ?? 60) },
  );
}, 240_000);

const RESULT = {
  state: "finished" as const,
  diverged: false,
  finalLoss: null,
  trainTailLoss: null,
  wallSeconds: null,
  error: null,
  provenance: null,
};

async function agrees(runId: string, model: Model): Promise<void> {
  const summaries = new Map((await readSummaries(p.alice.sql, runId)).map((s) => [s.name, s]));
  for (const [metric, points] of model.visible) {
    const expected = [...points].sort(([s], [t]) => s - t);
    const [read] = await readSeries(p.alice, { runIds: [runId], metric });
    expect(read!.steps).toEqual(expected.map(([step]) => step));
    expect(read!.values.map(bits)).toEqual(expected.map(([, v]) => bits(v.value)));
    expect(read!.tokens).toEqual(expected.map(([, v]) => v.tokens));
    expect(read!.times).toEqual(expected.map(([, v]) => v.time));
    expect(plain(summaries.get(metric))).toEqual(summaryOf(expected));
    await bucketsAgree(runId, metric, expected);
  }
}

async function bucketsAgree(runId: string, metric: string, expected: [number, Point][]): Promise<void> {
  const buckets = 4;
  const answer = await readBuckets(p.alice, { runIds: [runId], metric, x: "step", buckets });
  const { exact, columns } = answer.series[0]!;
  const got = whole(exact, columns());
  const low = answer.from ?? 0;
  const width = ((answer.to ?? 0) - low) / buckets;
  const groups = new Map<number, [number, Point][]>();
  expected.forEach((e, i) => {
    const b = expected.length <= buckets ? i : Math.min(buckets - 1, Math.floor((e[0] - low) / width));
    groups.set(b, [...(groups.get(b) ?? []), e]);
  });
  const rows = [...groups.values()].map((g) => {
    const finite = g.map(([, v]) => v.value).filter(Number.isFinite);
    return {
      x: g.at(-1)![0],
      min: finite.length > 0 ? Math.min(...finite) : Number.NaN,
      max: finite.length > 0 ? Math.max(...finite) : Number.NaN,
      mean: finite.length > 0 ? middle(finite) : Number.NaN,
      last: g.at(-1)![1].value,
      count: g.length,
      nonFinite: g.length - finite.length,
    };
  });
  // Where an edge falls on a step the two divisions may round to different sides; totals must agree in any case.
  expect(Array.from(got.count).reduce((a, b) => a + b, 0)).toBe(expected.length);
  if (Number.isInteger(width) || expected.length <= buckets) {
    for (const c of BUCKET_COLUMNS) expect(Array.from(got[c], (v) => v + 0)).toEqual(rows.map((r) => r[c] + 0));
  }
}

/** The mean, kept between the extremes where its rounding or an overflow would leave them. */
function middle(values: number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.min(Math.max(...values), Math.max(Math.min(...values), mean));
}

async function hiddenAgrees(runId: string, model: Model): Promise<void> {
  const ids = await p.alice.sql<{ id: number; name: string }[]>`
    select m.id, m.name from metric_summaries s join metrics m on m.id = s.metric_id where s.run_id = ${runId}`;
  for (const [i, gone] of model.hidden.entries()) {
    for (const { id, name } of ids) {
      const expected = [...(gone.get(name) ?? [])].sort(([s], [t]) => s - t);
      const read = await readHidden(p.alice.sql, { runId, metricId: id, hiddenBy: i + 1 });
      expect(Array.from(read.steps)).toEqual(expected.map(([step]) => step));
      expect(Array.from(read.values, bits)).toEqual(expected.map(([, v]) => bits(v.value)));
    }
  }
}

function summaryOf(points: [number, Point][]): Summary | undefined {
  if (points.length === 0) return undefined;
  const finite = points.filter(([, v]) => Number.isFinite(v.value));
  const min = Math.min(...finite.map(([, v]) => v.value));
  const max = Math.max(...finite.map(([, v]) => v.value));
  const at = (w: number) => finite.find(([, v]) => v.value === w)?.[0] ?? null;
  return {
    points: points.length,
    nonFinite: points.length - finite.length,
    last: points.at(-1)![1].value + 0,
    lastStep: points.at(-1)![0],
    min: finite.length > 0 ? min + 0 : null,
    minStep: finite.length > 0 ? at(min) : null,
    max: finite.length > 0 ? max + 0 : null,
    maxStep: finite.length > 0 ? at(max) : null,
  };
}

/** Without the name; zeros without a sign, which min and max do not tell apart. */
function plain(s: (Summary & { name: string }) | undefined): Summary | undefined {
  if (!s) return undefined;
  const { name: _name, ...rest } = s;
  return Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, v === null ? null : v + 0])) as unknown as Summary;
}

describe("chunks", () => {
  test("long series fill chunks of 4,096; an early point rewrites only its own chunk; sealing leaves no small ones", async () => {
    const runId = await newRun();
    let seq = 0;
    const send = async (from: number, n: number) => {
      const s = Array.from({ length: n }, (_, i) => from + i);
      const batch = {
        writer: "w",
        seq: seq++,
        series: [{ metric: "loss", steps: s, values: s.map((v) => 1 / (v + 1)) }],
      };
      await appendMetrics(p.alice, { runId, batch: columnsOf(batch) });
    };
    for (let k = 0; k < 20; k++) {
      await send(k * 1_000, 1_000);
      await compactRun(p.alice.sql, runId);
    }
    const before = await chunks(runId);
    expect(before.reduce((n, c) => n + c.points, 0)).toBe(20_000);
    await appendMetrics(p.alice, {
      runId,
      batch: columnsOf({ writer: "w", seq: seq++, series: [{ metric: "loss", steps: [10], values: [99] }] }),
    });
    await compactRun(p.alice.sql, runId);
    const after = await chunks(runId);
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after[0]).toMatchObject({ points: before[0]!.points, max: 99 });
    await finishRun(p.alice, { runId, ...RESULT });
    await compactRun(p.alice.sql, runId);
    expect((await chunks(runId)).filter((c) => c.points < 4_096)).toHaveLength(1);
    const [read] = await readSeries(p.alice, { runIds: [runId], metric: "loss" });
    expect(read!.values).toEqual(Array.from({ length: 20_000 }, (_, v) => (v === 10 ? 99 : 1 / (v + 1))));
  });

  test("metrics that are logged together share their steps, tokens and times", async () => {
    const runId = await newRun();
    const s = Array.from({ length: 100 }, (_, i) => i);
    const columns = { steps: s, values: s, tokens: s.map((v) => v * 4096), times: s.map((v) => 1.7e12 + v * 1.5) };
    const batch = { writer: "w", seq: 0, series: ["a", "b", "c"].map((metric) => ({ metric, ...columns })) };
    await appendMetrics(p.alice, { runId, batch: columnsOf(batch) });
    await compactRun(p.alice.sql, runId);
    const [axes] = await p.alice.sql`select count(*)::int as n from metric_axes where run_id = ${runId}`;
    expect(axes!.n).toBe(1);
  });

  const chunks = async (runId: string) => [
    ...(await p.alice.sql<{ first_step: number; points: number; max: number }[]>`
      select first_step, points, max from metric_chunks where run_id = ${runId} and hidden_by = 0 order by first_step`),
  ];
});

test("two compactions and ten writers of one run at once lose and double nothing", async () => {
  const runId = await newRun();
  let done = false;
  const compacting = [0, 1].map(async () => {
    while (!done) await compactRun(p.alice.sql, runId);
  });
  await Promise.all(
    Array.from({ length: 10 }, async (_, w) => {
      for (let seq = 0; seq < 30; seq++) {
        // New names meet rows of old ones that a compaction is changing.
        const names = [...(w % 2 === 0 ? ["a", "b"] : ["b", "a"]), `own ${w} ${seq}`];
        const all = names.map((metric) => ({ metric, steps: [seq * 10 + w, seq], values: [w, seq] }));
        const batch = columnsOf({ writer: `w${w}`, seq, series: all });
        await appendMetrics(p.alice, { runId, batch });
        if (seq % 7 === 0) expect((await appendMetrics(p.alice, { runId, batch })).duplicate).toBe(true);
      }
    }),
  );
  done = true;
  await Promise.all(compacting);
  await compactRun(p.alice.sql, runId);
  const [a] = await readSeries(p.alice, { runIds: [runId], metric: "a" });
  expect(a!.steps).toEqual(Array.from({ length: 300 }, (_, i) => i));
});

/** The 64 bits of a double; every NaN is the same one. */
function bits(v: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, v);
  return view.getBigUint64(0).toString(16);
}

test("a database that does not answer holds up nobody for long, and the batch sent again is there once", async () => {
  const [id, other] = [await newRun(), await newRun()];
  const batch = (seq: number) =>
    columnsOf({ writer: "w", seq, series: [{ metric: "m", steps: [2 * seq, 2 * seq + 1], values: [seq, seq] }] });
  for (const runId of [id, other]) await appendMetrics(p.alice, { runId, batch: batch(0) });
  const usual = limits.statementMs;
  limits.statementMs = 300;
  try {
    await p.alice.sql.begin(async (tx) => {
      await tx`select from runs where id = ${id} for update`;
      await expect(appendMetrics(p.alice, { runId: id, batch: batch(1) })).rejects.toMatchObject({
        code: "unavailable",
      });
      expect(await appendMetrics(p.alice, { runId: other, batch: batch(1) })).toMatchObject({ accepted: 2 });
    });
  } finally {
    limits.statementMs = usual;
  }
  const again = await appendMetrics(p.alice, { runId: id, batch: batch(1) });
  expect(again).toEqual(again.duplicate ? { accepted: 0, duplicate: true } : { accepted: 2, duplicate: false });
  await compactRun(p.alice.sql, id);
  const [stored] = await readSeries(p.alice, { runIds: [id], metric: "m" });
  expect(stored).toMatchObject({ steps: [0, 1, 2, 3], values: [0, 0, 1, 1] });
});

test("storing a batch reads no table whole, however few rows there were when its plan was made", async () => {
  const id = await newRun();
  const writer = writerOf(p.alice.sql);
  const wholeReads = async () => {
    await writer`select pg_stat_force_next_flush()`;
    await writer`select pg_stat_clear_snapshot()`;
    const rows = await writer<{ relname: string; seq_scan: number }[]>`
      select relname, seq_scan from pg_stat_user_tables
      where relname in ('runs', 'ingest_batches', 'ingest_ledgers', 'metric_segments') order by relname`;
    return rows.map((r) => [r.relname, r.seq_scan]);
  };
  const send = (seq: number) =>
    appendMetrics(p.alice, {
      runId: id,
      batch: columnsOf({ writer: "w", seq, series: [{ metric: "m", steps: [seq], values: [1] }] }),
    });
  await send(0);
  const before = await wholeReads();
  expect(before).toHaveLength(4);
  for (let seq = 1; seq < 20; seq++) await send(seq);
  expect(await wholeReads()).toEqual(before);
});
