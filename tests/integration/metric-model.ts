import fc from "fast-check";
import { expect } from "vitest";
import { BUCKET_COLUMNS, type Summary, whole } from "@/lib/series";
import type { Context } from "@/server/context";
import { appendMetrics, columnsOf, readBuckets, readSeries } from "@/server/services/metric";
import { finishRun } from "@/server/services/run";
import { compactRun, foldLedger, readSummaries } from "@/server/store";
import { chunkSizes } from "@/server/store/compact/chunks";
import { readHidden } from "@/server/store/read/points";

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
  // A stretch with gaps that a later one may fill, and one that starts before all others.
  fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 5, max: 30 }))
    .map(([from, stride, n]) => Array.from({ length: n }, (_, i) => from + i * stride)),
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
    rewindTo: fc.integer({ min: 0, max: 120 }),
    series: fc.array(series, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ["writer", "seq", "series"] },
);
type Batch = typeof batch extends fc.Arbitrary<infer B> ? B : never;
type Action = { kind: "batch"; batch: Batch } | { kind: "compact" } | { kind: "fold" } | { kind: "finish" };
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: batch.map((b) => ({ kind: "batch" as const, batch: b })) },
  { weight: 2, arbitrary: fc.constant({ kind: "compact" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "fold" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "finish" as const }) },
);

/** Plays one history on a new run and on the model; they must agree at its end, or after every action. */
export async function play(ctx: Context, runId: string, actions: readonly Action[], often: boolean): Promise<void> {
  const model = new Model();
  for (const a of actions) {
    if (a.kind === "batch") {
      const fresh = model.add(a.batch);
      const answer = await appendMetrics(ctx, { runId, batch: columnsOf(a.batch) });
      expect(answer.duplicate).toBe(!fresh);
    } else if (a.kind === "compact") await compactRun(ctx.sql, runId);
    else if (a.kind === "fold") await foldLedger(ctx.sql, 0);
    else await finishRun(ctx, { runId, ...RESULT });
    if (often) await agrees(ctx, runId, model);
  }
  while ((await compactRun(ctx.sql, runId)) > 0) if (often) await agrees(ctx, runId, model);
  await compactRun(ctx.sql, runId);
  await agrees(ctx, runId, model);
  await hiddenAgrees(ctx, runId, model);
}

/** Chunks so small that a history of some hundred points fills dozens of them. Returns the way back. */
export function smallChunks(points = 5, tail = 2): () => void {
  const usual = { ...chunkSizes };
  Object.assign(chunkSizes, { points, tail });
  return () => Object.assign(chunkSizes, usual);
}

export const RESULT = {
  state: "finished" as const,
  diverged: false,
  finalLoss: null,
  trainTailLoss: null,
  wallSeconds: null,
  error: null,
  provenance: null,
};

async function agrees(ctx: Context, runId: string, model: Model): Promise<void> {
  const summaries = new Map((await readSummaries(ctx.sql, runId)).map((s) => [s.name, s]));
  for (const [metric, points] of model.visible) {
    const expected = [...points].sort(([s], [t]) => s - t);
    const [read] = await readSeries(ctx, { runIds: [runId], metric });
    expect(read!.steps).toEqual(expected.map(([step]) => step));
    expect(read!.values.map(bits)).toEqual(expected.map(([, v]) => bits(v.value)));
    expect(read!.tokens).toEqual(expected.map(([, v]) => v.tokens));
    expect(read!.times).toEqual(expected.map(([, v]) => v.time));
    expect(plain(summaries.get(metric))).toEqual(summaryOf(expected));
    await bucketsAgree(ctx, runId, metric, expected);
  }
}

async function bucketsAgree(ctx: Context, runId: string, metric: string, expected: [number, Point][]): Promise<void> {
  const buckets = 4;
  const answer = await readBuckets(ctx, { runIds: [runId], metric, x: "step", buckets });
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
  if (Number.isInteger(Math.log2(width)) || expected.length <= buckets) {
    for (const c of BUCKET_COLUMNS) expect(Array.from(got[c], (v) => v + 0)).toEqual(rows.map((r) => r[c] + 0));
  }
}

/** The mean, kept between the extremes where its rounding or an overflow would leave them. */
function middle(values: number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.min(Math.max(...values), Math.max(Math.min(...values), mean));
}

async function hiddenAgrees(ctx: Context, runId: string, model: Model): Promise<void> {
  const ids = await ctx.sql<{ id: number; name: string }[]>`
    select m.id, m.name from metric_summaries s join metrics m on m.id = s.metric_id where s.run_id = ${runId}`;
  for (const [i, gone] of model.hidden.entries()) {
    for (const { id, name } of ids) {
      const expected = [...(gone.get(name) ?? [])].sort(([s], [t]) => s - t);
      const read = await readHidden(ctx.sql, { runId, metricId: id, hiddenBy: i + 1 });
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

/** The 64 bits of a double; every NaN is the same one. */
export function bits(v: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, v);
  return view.getBigUint64(0).toString(16);
}
