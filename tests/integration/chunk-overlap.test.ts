import { beforeAll, expect, test } from "vitest";
import { create } from "@/server/http/native/runs";
import { appendMetrics, columnsOf, readSeries } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { checkStore, compactRun, readSummaries, startCompactor } from "@/server/store";
import { smallChunks } from "./metric-model";
import { call, keyWith, product } from "./product";

const p = product();
let key: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write");
  await createProject(p.alice, { name: "Overlap", slug: "overlap" });
});

async function newRun(): Promise<string> {
  return (await call(create, { key, body: { project: "overlap" } })).body.id;
}

let seq = 0;
async function log(runId: string, steps: number[], value: (step: number) => number): Promise<void> {
  const series = [{ metric: "loss", steps, values: steps.map(value) }];
  await appendMetrics(p.alice, { runId, batch: columnsOf({ writer: "w", seq: seq++, series }) });
  await compactRun(p.alice.sql, runId);
}

const stretch = (from: number, n: number, stride: number) => Array.from({ length: n }, (_, i) => from + i * stride);

test("points before the first of many chunks are merged with those they lie among", async () => {
  const usual = smallChunks(4, 2);
  try {
    const runId = await newRun();
    for (let i = 0; i < 20; i++) await log(runId, stretch(10 + i * 40, 4, 10), () => 1);
    await log(runId, stretch(0, 50, 10), () => 2);
    await log(runId, [5, 805], () => 3);
    const [read] = await readSeries(p.alice, { runIds: [runId], metric: "loss" });
    const expected = [...new Set([...stretch(0, 81, 10), 5, 805])].sort((a, b) => a - b);
    expect(read!.steps).toEqual(expected);
    expect(read!.values).toEqual(expected.map((s) => (s === 5 || s === 805 ? 3 : s < 500 ? 2 : 1)));
    expect(await readSummaries(p.alice.sql, runId)).toMatchObject([{ points: expected.length }]);
  } finally {
    usual();
  }
});

test("the database takes no chunk that overlaps another of its metric", async () => {
  const runId = await newRun();
  await log(runId, stretch(10, 5, 10), () => 1);
  const copy = (first: number, last: number) => p.alice.sql`
    insert into metric_chunks select run_id, metric_id, hidden_by, ${first}, ${last}, axis_id, points, non_finite,
      min, min_step, max, max_step, last, values from metric_chunks where run_id = ${runId} and first_step = 10`;
  for (const [first, last] of [
    [0, 10],
    [50, 90],
    [20, 30],
    [0, 100],
  ] as const) {
    await expect(copy(first, last)).rejects.toMatchObject({ code: "23P01" });
  }
  await copy(51, 60);
  await p.alice.sql`delete from runs where id = ${runId}`;
});

test("a store with doubled points is repaired: by the next start, and by the doctor", async () => {
  for (const repair of [
    () => startCompactor(p.alice.sql, () => {})(),
    () => checkStore(p.alice.sql, () => {}).then((found) => expect(found).toMatchObject({ damaged: 0 })),
  ]) {
    const runId = await newRun();
    await log(runId, stretch(10, 100, 10), () => 1);
    const other = await newRun();
    await log(other, stretch(0, 50, 10), () => 2);
    // As versions before this one left it: written later, across the first.
    await p.alice.sql.begin(async (tx) => {
      await tx`alter table metric_chunks disable trigger user`;
      await tx`update metric_axes set run_id = ${runId} where run_id = ${other}`;
      await tx`update metric_chunks set run_id = ${runId} where run_id = ${other}`;
      await tx`update metric_summaries set points = 150 where run_id = ${runId}`;
      await tx`alter table metric_chunks enable trigger user`;
    });
    await repair();
    const [read] = await readSeries(p.alice, { runIds: [runId], metric: "loss" });
    expect(read!.steps).toEqual(stretch(0, 101, 10));
    expect(read!.values).toEqual(read!.steps.map((s) => (s < 500 ? 2 : 1)));
    expect(await readSummaries(p.alice.sql, runId)).toMatchObject([{ points: 101, min: 1, max: 2, lastStep: 1000 }]);
    await log(runId, [1010], () => 4);
  }
});

test("the doctor names doubled points, wrong summaries and damaged chunks", async () => {
  const [wrong, damaged] = [await newRun(), await newRun()];
  for (const id of [wrong, damaged]) await log(id, [0, 1, 5, 20], (s) => s / 3);
  await p.alice.sql`update metric_summaries set max = 1e9 where run_id = ${wrong}`;
  await p.alice.sql`update metric_chunks set values = '\\x02ff'::bytea where run_id = ${damaged}`;
  const lines: string[] = [];
  const found = await checkStore(p.alice.sql, (line) => lines.push(line));
  expect(found).toMatchObject({ damaged: 1, doubledPoints: 0 });
  expect(found.summaries).toBeGreaterThanOrEqual(1);
  expect(lines.some((l) => l.includes(wrong) && l.includes("summaries made anew"))).toBe(true);
  expect(lines.some((l) => l.includes(damaged) && l.includes("steps 0 to 20"))).toBe(true);
  expect(await readSummaries(p.alice.sql, wrong)).toMatchObject([{ max: 20 / 3 }]);
  await p.alice.sql`delete from runs where id = ${damaged}`;
});

test("a run that cannot be compacted is named, rests longer each time, and holds up no other", async () => {
  const [bad, good] = [await newRun(), await newRun()];
  const steps = [0, 1, 2];
  for (const runId of [bad, good]) {
    const series = [{ metric: "loss", steps, values: steps }];
    await appendMetrics(p.alice, { runId, batch: columnsOf({ writer: "w", seq: 0, series }) });
  }
  await p.alice.sql`update metric_segments set data = '\\x00'::bytea where run_id = ${bad}`;
  await p.alice.sql`update metric_segments set at = now() - interval '1 minute'`;
  const lines: string[] = [];
  const stop = startCompactor(p.alice.sql, (line) => lines.push(line));
  const waiting = () => p.alice.sql`select from metric_segments where run_id = ${good}`;
  while ((await waiting()).length > 0) await new Promise((done) => setTimeout(done, 20));
  await new Promise((done) => setTimeout(done, 2_500));
  await stop();
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(4);
  for (const line of lines) expect(line).toContain(bad);
  await p.alice.sql`delete from runs where id = ${bad}`;
});
