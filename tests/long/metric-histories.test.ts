import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { appendMetrics, columnsOf, readSeries } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { createRun } from "@/server/services/run";
import { checkStore, compactRun, readSummaries } from "@/server/store";
import { action, play, smallChunks } from "../integration/metric-model";
import { product } from "../integration/product";

const p = product();

beforeAll(async () => {
  await createProject(p.alice, { name: "Store", slug: "store" });
});

const newRun = async () => (await createRun(p.alice, { project: "store", config: {}, dimensions: {} })).id;

test("thousands of histories over chunks of five points are read as a model in memory has them", async () => {
  const usual = smallChunks();
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 40 }), async (actions) =>
        play(p.alice, await newRun(), actions, false),
      ),
      { numRuns: 3_000 },
    );
    expect(await checkStore(p.alice.sql, () => {})).toMatchObject({ doubledPoints: 0, summaries: 0, damaged: 0 });
  } finally {
    usual();
  }
}, 1_200_000);

test("300,000 points of one metric with random stretches filled in before, between and after them", async () => {
  const random = generator(20_261_128);
  const runId = await newRun();
  const model = new Map<number, number>();
  for (let seq = 0; model.size < 320_000 || seq < 120; seq++) {
    const stride = 1 + Math.floor(random() * 40);
    const from = Math.floor(random() ** 2 * 3_000_000);
    const n = 1 + Math.floor(random() * 8_000);
    const steps = Array.from({ length: n }, (_, i) => from + i * stride);
    const values = steps.map(() => random());
    steps.forEach((s, i) => {
      model.set(s, values[i]!);
    });
    await appendMetrics(p.alice, {
      runId,
      batch: columnsOf({ writer: "w", seq, series: [{ metric: "m", steps, values }] }),
    });
    if (random() < 0.6) await compactRun(p.alice.sql, runId);
  }
  while ((await compactRun(p.alice.sql, runId)) > 0) {}
  const [read] = await readSeries(p.alice, { runIds: [runId], metric: "m" });
  const expected = [...model].sort(([a], [b]) => a - b);
  expect(read!.steps).toEqual(expected.map(([s]) => s));
  expect(read!.values).toEqual(expected.map(([, v]) => v));
  expect(await readSummaries(p.alice.sql, runId)).toMatchObject([{ points: model.size }]);
}, 600_000);

/** Numbers in 0..1, the same for one seed (mulberry32). */
function generator(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
