import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { runs } from "@/db/schema";
import { finishRunSchema } from "@/lib/protocol";
import { compareSchedules } from "@/lib/schedule-law";
import { scheduleLawOf } from "@/server/services/fit";
import { appendMetrics, columnsOf } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { createRun, finishRun } from "@/server/services/run";
import { LENGTH, PLANTED, type PlantedRun, plantedRun, plantedRuns } from "../planted-schedules";
import { colleague, product } from "./product";

const p = product();

/** Stores a run as another program would; `logged` is which of its points it sends. */
async function stored(project: string, run: PlantedRun, { config = run.config as object, end = "finished" } = {}) {
  const { id } = await createRun(p.alice, { project, name: run.name, config, dimensions: run.dimensions } as never);
  for (let from = 0, seq = 0; from < run.steps.length; from += 10_000, seq++) {
    const [steps, values] = [run.steps.slice(from, from + 10_000), run.losses.slice(from, from + 10_000)];
    const batch = columnsOf({ writer: "w", seq, series: [{ metric: "train/loss", steps, values }] });
    await appendMetrics(p.alice, { runId: id, batch });
  }
  const result = { state: end, finalLoss: run.losses.at(-1) };
  await finishRun(p.alice, { runId: id, ...finishRunSchema.parse(result) });
  return id;
}

beforeAll(async () => {
  await createProject(p.alice, { name: "Schedules", slug: "schedules" });
  for (const run of plantedRuns()) await stored("schedules", run);
  // Another model with one schedule, a run of an unknown schedule, a second seed, two without enough points, an unfinished one.
  await stored("schedules", plantedRun("wider", 1_500, {}, 64));
  await stored("schedules", plantedRun("unknown", 1_500, {}), { config: { lr_scheduler: "wsd" } });
  const again = plantedRun("wsd 1500, seed 2", 1_500, {});
  await stored("schedules", { ...again, dimensions: { ...again.dimensions, seed: 2 } });
  const blank = plantedRun("blank", 4_000, {});
  await stored("schedules", { ...blank, steps: [1], losses: [5] });
  await stored("schedules", { ...plantedRun("sparse", 2_500, {}), steps: [50, 2_400], losses: [5, 3] });
  await stored("schedules", plantedRun("failed", 2_500, {}), { end: "failed" });
});

test("stored curves give the planted law back, for any viewer", async () => {
  const viewer = await colleague(p.alice, "viewer");
  const answer = await scheduleLawOf(viewer, { project: "schedules", metric: "train/loss" });
  expect(answer.reason).toBeNull();
  expect(answer.curves.map((c) => c.name).sort()).toEqual(
    plantedRuns()
      .map((r) => r.name)
      .sort(),
  );
  expect(answer.curves.every((c) => c.points <= 400)).toBe(true);
  expect(answer.curves.find((c) => c.name === "wsd 3000")).toMatchObject({
    ...{ schedule: "wsd 20% linear", peakLr: 0.004, tokens: 3_000 * 512 },
  });
  expect(answer.leftOut).toEqual({ unreadable: 1, diverged: 0, withoutCurve: 2, furtherCurves: 0 });
  expect(answer.groups.map((g) => [g.runs, g.schedules])).toEqual([
    [8, 7],
    [1, 1],
  ]);
  expect(answer.groups[0]!.name).toMatch(/^dense w32 d2.*, batch 8 x 64$/);
  expect(answer.domain).toMatchObject({ curves: 5, stepTokens: 512, peaks: { low: 0.002, high: 0.004 }, warmup: true });
  const { fit } = answer.fit!;
  expect(fit.rmse).toBeLessThan(5e-4);
  const run = { ...LENGTH, tokens: 3_000 * 512, warmupTokens: 100 * 512, peakLr: 0.004 };
  const losses = (law: typeof PLANTED) => new Map(compareSchedules(law, run).schedules.map((s) => [s.name, s.loss]));
  const planted = losses(PLANTED);
  for (const [name, loss] of losses(answer.fit!.law))
    expect(Math.abs(loss - planted.get(name)!), name).toBeLessThan(2e-3);
  expect(await scheduleLawOf(p.alice, { project: "schedules" })).toEqual(answer);
});

test("curves of the nearest peaks come first", async () => {
  const { curves } = await scheduleLawOf(p.alice, { project: "schedules", peakLr: 0.001 });
  expect(curves[0]!.peakLr).toBe(0.002);
});

test("one model, batch and recipe is chosen; too few schedules are an answer that says what to do", async () => {
  const { groups } = await scheduleLawOf(p.alice, { project: "schedules" });
  const other = await scheduleLawOf(p.alice, { project: "schedules", group: groups[1]!.key });
  expect([other.fit, other.curves.length]).toEqual([null, 1]);
  expect(other.reason).toMatch(
    /1 schedule of dense w64 d2.* is here, .*at least 3 are needed.*Queue a sweep with several token counts/,
  );
  const held = await scheduleLawOf(p.alice, { project: "schedules", metric: "val/loss" });
  expect(held.reason).toMatch(/7 schedules of .* are here, and 0 runs of them have a curve of val\/loss/);
  await createProject(p.alice, { name: "Empty", slug: "empty" });
  const none = await scheduleLawOf(p.alice, { project: "empty" });
  expect(none).toMatchObject({ group: null, groups: [], fit: null, curves: [] });
  expect(none.reason).toMatch(/^No run here has ended/);
});

test("refuses a group that the project does not have, and another team's project", async () => {
  await expect(scheduleLawOf(p.alice, { project: "schedules", group: "x" })).rejects.toThrow(/group: x: no runs/);
  await expect(scheduleLawOf(p.mallory, { project: "schedules" })).rejects.toThrow(/schedules/);
  await expect(scheduleLawOf(p.alice, { project: "schedules", peakLr: -1 })).rejects.toThrow();
});

test("recipes of other programs are told apart, but for their schedule", async () => {
  await createProject(p.alice, { name: "Recipes", slug: "recipes" });
  const [first, ...rest] = plantedRuns();
  await stored("recipes", first!, { config: { ...first!.config, dropout: 0.1 } });
  for (const run of rest) await stored("recipes", run, { config: { ...run.config, dropout: 0 } });
  const { groups, curves } = await scheduleLawOf(p.alice, { project: "recipes" });
  expect(groups.map((g) => g.schedules)).toEqual([4, 1]);
  expect(new Set(groups.map((g) => g.name)).size).toBe(2);
  expect(curves).toHaveLength(4);
});

test("steps of our own trainer count from 1", async () => {
  await createProject(p.alice, { name: "Own", slug: "own" });
  for (const run of plantedRuns()) {
    const id = await stored("own", { ...run, steps: run.steps.map((step) => step + 1) });
    await p.alice.db.update(runs).set({ source: "trainer", recipe: "own" }).where(eq(runs.id, id));
  }
  const { fit } = await scheduleLawOf(p.alice, { project: "own" });
  expect(fit!.fit.rmse).toBeLessThan(5e-4);
});
