import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { auditLog } from "@/db/schema";
import { pointFilter } from "@/lib/filter";
import { fitLaw, fitSettingsSchema, unfinishedCurves } from "@/lib/fit";
import { finishRunSchema } from "@/lib/protocol";
import { readLabTable } from "@/lib/run";
import { get as getOne, list as listAdvice } from "@/server/http/native/recommendations";
import { fitPoints, getFit, saveFit, stepsToLossOf, unfinishedRuns } from "@/server/services/fit";
import { getMapping, previewMapping, saveMapping } from "@/server/services/mapping";
import { appendMetrics, columnsOf } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import {
  commentOnRecommendation,
  createRecommendation,
  getRecommendation,
  listRecommendations,
  publishRecommendation,
  setOutcome,
} from "@/server/services/recommendation";
import { createReport, getReport, listReports, removeReport, saveReport } from "@/server/services/report";
import { createRun, finishRun, getRun, runPoints, updateRun } from "@/server/services/run";
import { createSharedLink, readShared, revokeSharedLink } from "@/server/services/share";
import { additionCost } from "@/server/services/sweep";
import { getWatch, setWatch } from "@/server/services/watch";
import { lawIn } from "./law";
import { call, colleague, keyWith, product, sweepIn } from "./product";

const p = product();
const TARGET = { tokens: 2_097_152, batchSeqs: 8, seqLen: 64, params: 94_208, width: 64, baseWidth: 64 };

describe("a mapping", () => {
  const config = {
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 2,
    world_size: 2,
    optim: { lr: "3e-3" },
  };
  const mapping = {
    lr: "optim.lr",
    batchSeqs: "per_device_train_batch_size * gradient_accumulation_steps * world_size",
    tokens: "steps * 512",
    architecture: "dense",
    metric: "eval_loss",
    taken: "Minimum",
  };

  test("previews values and errors per run, is applied to what is there, and to what comes later", async () => {
    await createProject(p.alice, { name: "mapped", slug: "mapped" });
    const enter = (name: string, extra: object) =>
      createRun(p.alice, { project: "mapped", name, config: { ...config, ...extra }, dimensions: {} });
    const good = await enter("good", { steps: 100 });
    const bad = await enter("bad", {});
    const preview = await previewMapping(p.alice, { project: "mapped", mapping });
    expect(preview).toMatchObject({ runs: 2, withProblems: 1, problems: [{ dimension: "tokens", runs: 1 }] });
    expect(preview.shown.find((r) => r.id === good.id)!.values).toEqual({
      peakLr: 0.003,
      batchSeqs: 8,
      tokens: 51_200,
      architecture: "dense",
      lossMetric: "eval_loss",
      lossTaken: "minimum",
    });
    expect(preview.shown.find((r) => r.id === bad.id)!.problems[0]!.message).toMatch(/"steps" is neither a name here/);

    expect(await saveMapping(p.alice, { project: "mapped", mapping })).toEqual({ runs: 2 });
    expect(await getRun(p.alice, { id: good.id })).toMatchObject({
      ...{ peakLr: 0.003, batchSeqs: 8, tokens: 51_200 },
      ...{ lossMetric: "eval_loss", lossTaken: "minimum" },
    });
    const later = await enter("later", { steps: 200 });
    expect(await getRun(p.alice, { id: later.id })).toMatchObject({ peakLr: 0.003, batchSeqs: 8, tokens: 102_400 });
    const stored = await getMapping(p.alice, { project: "mapped" });
    expect(stored).toMatchObject({ mapping: { peakLr: "optim.lr", lossTaken: "Minimum" }, isSaved: true });
    expect(stored.names).toContain("optim.lr");
    await finishRun(p.alice, { runId: later.id, state: "finished", finalLoss: 2.5, diverged: false } as never);
    expect(await runPoints(p.alice, { project: "mapped" })).toMatchObject([
      { peakLr: 0.003, finalLoss: 2.5, lossMetric: "eval_loss", lossTaken: "minimum" },
    ]);
  });

  test("refuses a key that is no dimension", async () => {
    await expect(saveMapping(p.alice, { project: "mapped", mapping: { speed: "1" } })).rejects.toThrow(/no dimension/);
  });
});

describe("the lab's points and a saved fit", () => {
  test("are columns of finished runs; exclusions keep their reasons; later runs are told", async () => {
    await createProject(p.alice, { name: "points", slug: "points" });
    await lawIn(p.alice, "points");
    const [first, second] = await runPoints(p.alice, { project: "points" });
    await updateRun(p.alice, { runId: first!.runId, tags: ["long"] });
    await updateRun(p.alice, { runId: second!.runId, tags: ["long", "node 7"] });
    const { points } = readLabTable(JSON.parse((await fitPoints(p.alice, { project: "points" })).text));
    expect(points).toHaveLength(240);
    const stored = await runPoints(p.alice, { project: "points" });
    expect(points).toEqual(stored);
    expect(points.filter(pointFilter("tag=long")).map((r) => r.runId)).toEqual([first!.runId, second!.runId]);
    const [run] = stored;
    const settings = fitSettingsSchema.parse({
      excludedRunIds: [run!.runId],
      exclusionReasons: { [run!.runId]: "node failed" },
    });
    const { id } = await saveFit(p.alice, { project: "points", name: "Without one", settings });
    const before = await getFit(p.alice, { id });
    expect(before.result.settings.exclusionReasons).toEqual({ [run!.runId]: "node failed" });
    expect(before).toMatchObject({ reproduced: true, since: { arrived: 0, gone: 0, coefficients: [] } });

    const dimensions = { peakLr: 0.004, batchSeqs: 8, tokens: 131_072, width: 32, depth: 2, seqLen: 64, data: "sotu" };
    const made = await createRun(p.alice, { project: "points", config: {}, dimensions });
    await finishRun(p.alice, { runId: made.id, state: "finished", finalLoss: 2.2, diverged: false } as never);
    const after = await getFit(p.alice, { id });
    expect(after).toMatchObject({ reproduced: true, since: { arrived: 1, arrivedRunIds: [made.id] } });
    expect(after.since.coefficients.map((c) => c.name)).toEqual(["ln A", "c", "b"]);
  });

  test("come back to the bit, whether a column has one value or many; what is not finite is null", async () => {
    const pointsOf = async (project: string) => readLabTable(JSON.parse((await fitPoints(p.alice, { project })).text));
    await createProject(p.alice, { name: "odd values", slug: "odd-values" });
    expect(await pointsOf("odd-values")).toEqual({ points: [], sweepOf: new Map() });
    const [third, tiny] = [1 / 3, 5e-324];
    for (const [peakLr, finalLoss, seed] of [
      [third, Number.NaN, 1],
      [tiny, Number.POSITIVE_INFINITY, undefined],
      [0.1 + 0.2, 2.1234567890123457, 1],
    ] as const) {
      const dimensions = { peakLr, batchSeqs: 8, tokens: 1e9 + third, data: 'a "b", {c}\\d', seed };
      const { id } = await createRun(p.alice, { project: "odd-values", config: {}, dimensions });
      await finishRun(p.alice, { runId: id, state: "finished", finalLoss, diverged: false } as never);
      const stored = await runPoints(p.alice, { project: "odd-values" });
      const plain = stored.map((r) => ({ ...r, finalLoss: Number.isFinite(r.finalLoss) ? r.finalLoss : null }));
      expect((await pointsOf("odd-values")).points).toEqual(plain);
    }
    const { sweepId, slug } = await sweepIn(p.alice);
    await p.alice.sql`update runs set state = 'finished', final_loss = 2.5 where sweep_id = ${sweepId}`;
    const { points, sweepOf } = await pointsOf(slug);
    expect([...sweepOf]).toEqual(points.map((r) => [r.runId, sweepId]));
    expect(sweepOf.size).toBeGreaterThan(0);
  });

  test("the cost of further learning rates counts what is not there yet", async () => {
    const { sweepId, slug } = await sweepIn(p.alice);
    const likeRunId = (await p.alice.api.run.list({ team: p.alice.team, project: slug, sweepId }))[0]!.id;
    const add = { id: sweepId, likeRunId, learningRates: [0.002, 0.004, 0.008, 0.016] };
    const cost = await additionCost(p.alice, add);
    expect(cost).toMatchObject({ learningRates: [0.008, 0.016], runs: 2, seconds: null });
    expect(cost.tokens).toBeGreaterThan(2 * 131_072);
  });
});

describe("a recommendation among people", () => {
  let fitId = "";
  let id = "";
  beforeAll(async () => {
    await createProject(p.alice, { name: "advice", slug: "advice" });
    ({ fitId } = await lawIn(p.alice, "advice"));
    id = (await createRecommendation(p.alice, { fitId, title: "Two million tokens", target: TARGET })).id;
  });

  test("has no public address as a draft; published it has one that shows nothing else, until it is taken away", async () => {
    const of = { kind: "recommendation" as const, id };
    await expect(createSharedLink(p.alice, { of })).rejects.toMatchObject({ code: "conflict" });
    await publishRecommendation(p.alice, { id });
    const link = await createSharedLink(p.alice, { of });
    const seen = await readShared(link, null, new Date());
    expect(Object.keys(seen).sort()).toEqual(["kind", "publishedAt", "result", "state", "team", "title"]);
    expect(JSON.stringify(seen)).not.toContain(fitId);
    await revokeSharedLink(p.alice, { id: link.id });
    await expect(readShared(link, null, new Date())).rejects.toMatchObject({ code: "not_found" });
  });

  test("is discussed and watched: a watcher sees that it changed until she looks", async () => {
    const viewer = await colleague(p.alice, "viewer");
    await setWatch(viewer, { kind: "recommendation", id, watching: true });
    const changed = async () => (await listRecommendations(viewer, { search: "million" }))[0]!.changed;
    expect(await changed()).toBe(false);
    await commentOnRecommendation(p.alice, { id, body: "Looks right." });
    expect(await changed()).toBe(true);
    await setWatch(viewer, { kind: "recommendation", id, watching: true });
    expect(await changed()).toBe(false);
    const r = await getRecommendation(viewer, { id });
    expect(r).toMatchObject({ comments: [{ body: "Looks right.", author: "Owner" }] });
    expect(await getWatch(viewer, { kind: "recommendation", id })).toEqual({ watching: true, watchers: 1 });
    await expect(commentOnRecommendation(viewer, { id, body: "me too" })).rejects.toMatchObject({ code: "forbidden" });
  });

  test("is found by words of title, project and target, and by no others", async () => {
    const titles = async (search: string) => (await listRecommendations(p.alice, { search })).map((r) => r.title);
    expect(await titles("million ADVICE")).toEqual(["Two million tokens"]);
    expect(await titles("2097152")).toEqual(["Two million tokens"]);
    expect(await titles("million nothing")).toEqual([]);
    expect(await titles("100%")).toEqual([]);
    expect(await listRecommendations(p.mallory, { search: "million" })).toEqual([]);
  });

  test("the API answers for its target and for others", async () => {
    const key = await keyWith(p.alice, "read");
    const published = (await call(getOne, { key, id })).body;
    const same = (await call(listAdvice, { key, query: "?target=tokens=2097152&project=advice" })).body;
    expect(same.recommendations[0]).toMatchObject({ id, exact: true, peakLr: published.result.schedule.peakLr });
    const longer = (await call(getOne, { key, id, query: "?target=tokens=4194304" })).body;
    expect(longer).toMatchObject({ exact: false, distance: 1 });
    expect(longer.peakLr).toBeLessThan(published.result.schedule.peakLr);
    expect((await call(getOne, { key, id, query: "?target=speed=1" })).status).toBe(422);
    const foreign = await call(listAdvice, { key: await keyWith(p.mallory, "read"), query: "?target=" });
    expect(foreign.body).toEqual({ recommendations: [] });
  });

  test("the outcome says how good it was, and superseding keeps what it replaced", async () => {
    const points = await runPoints(p.alice, { project: "advice" });
    const run = points.find(
      (q) => q.width === 64 && q.tokens === 1_048_576 && q.batchSeqs === 8 && q.peakLr === 0.008,
    )!;
    const measured = { ...TARGET, tokens: run.tokens };
    const made = await createRecommendation(p.alice, { fitId, title: "Measured", target: measured });
    await setOutcome(p.alice, { id: made.id, runId: run.runId, note: "the longest we have" });
    const { outcome } = await getRecommendation(p.alice, { id: made.id });
    expect(outcome).toMatchObject({ usedLr: 0.008, loss: run.finalLoss, note: "the longest we have" });
    expect(outcome!.regretOfUsed).toMatchObject({ kind: "measured" });
    expect(outcome!.sentence).toMatch(/costs \d\.\d\d% of the loss/);
    const next = await createRecommendation(p.alice, { fitId, title: "Again", target: TARGET });
    await publishRecommendation(p.alice, { id: next.id });
    expect((await getRecommendation(p.alice, { id })).supersededBy).toBe(next.id);
    expect((await getRecommendation(p.alice, { id: next.id })).replaces).toMatchObject([{ id }]);
  });
});

test("a report is written, kept from overwriting another's words, and removed", async () => {
  await createProject(p.alice, { name: "reports", slug: "study" });
  const { id } = await createReport(p.alice, { project: "study", title: "Study" });
  const first = await getReport(p.alice, { id });
  const saved = await saveReport(p.alice, { id, title: "Study", body: "# What we found", basedOn: first.updatedAt });
  await expect(
    saveReport(p.alice, { id, title: "Study", body: "overwritten", basedOn: first.updatedAt }),
  ).rejects.toMatchObject({ code: "conflict" });
  expect(await getReport(p.alice, { id })).toMatchObject({ body: "# What we found", updatedAt: saved.updatedAt });
  expect(await listReports(p.alice, { project: "study" })).toHaveLength(1);
  // Of two that are saved at once, and within one millisecond, one is told.
  const frozen = { ...p.alice, now: () => saved.updatedAt };
  const basedOn = saved.updatedAt;
  const both = await Promise.allSettled(
    ["one", "two"].map((body) => saveReport(frozen, { id, title: "Study", body, basedOn })),
  );
  expect(both.map((r) => r.status).sort()).toEqual(["fulfilled", "rejected"]);
  const winner = both[0]!.status === "fulfilled" ? "one" : "two";
  expect((await getReport(p.alice, { id })).body).toBe(winner);
  await removeReport(p.alice, { id });
  await expect(saveReport(p.alice, { id, title: "t", body: "b", basedOn })).rejects.toMatchObject({
    code: "not_found",
  });
  await expect(getReport(p.alice, { id })).rejects.toMatchObject({ code: "not_found" });
});

test("a spell of editing a report is one line of the audit log, another person or a later spell one more", async () => {
  await createProject(p.alice, { name: "spells", slug: "spells" });
  const { id } = await createReport(p.alice, { project: "spells", title: "Spell" });
  const grace = await colleague(p.alice, "editor");
  const began = Date.now();
  const save = async (who: typeof grace, minutes: number) => {
    const { updatedAt } = await getReport(p.alice, { id });
    const at = { ...who, now: () => new Date(began + minutes * 60_000) };
    await saveReport(at, { id, title: "Spell", body: `after ${minutes}`, basedOn: updatedAt });
    const saves = and(eq(auditLog.subject, id), eq(auditLog.action, "report.save"));
    return (await p.alice.db.select().from(auditLog).where(saves)).length;
  };
  const counts: number[] = [];
  for (const minutes of [0, 1, 5, 9]) counts.push(await save(p.alice, minutes));
  expect(counts).toEqual([1, 1, 1, 1]);
  expect(await save(grace, 9)).toBe(2);
  expect(await save(grace, 10)).toBe(2);
  expect(await save(p.alice, 11)).toBe(3);
  expect(await save(p.alice, 22)).toBe(4);
  expect((await getReport(p.alice, { id })).body).toBe("after 22");
});

describe("how many steps runs needed to a loss", () => {
  /** A run whose loss falls by a straight line from 5 at step 0, to `end` at step `steps`. */
  async function falling(steps: number, end: number): Promise<string> {
    const { id } = await createRun(p.alice, { project: "steps", name: `falls to ${end}`, dimensions: {}, config: {} });
    const points = Array.from({ length: steps + 1 }, (_, step) => ({ step, value: 5 - ((5 - end) * step) / steps }));
    const series = [
      { metric: "train/loss", steps: points.map((q) => q.step), values: points.map((q) => q.value) },
      { metric: "odd", steps: [0, 1, 2], values: [5, Number.NaN, 3] },
    ];
    await appendMetrics(p.alice, { runId: id, batch: columnsOf({ writer: "w", seq: 0, series }) });
    return id;
  }

  test("by their stored curves, to the largest of their least losses or one that is asked for", async () => {
    await createProject(p.alice, { name: "Steps", slug: "steps" });
    const runIds = [await falling(40, 1), await falling(80, 3), await falling(5_000, 2)];
    const found = await stepsToLossOf(p.alice, { runIds, metric: "train/loss" });
    expect(found.target).toBe(3);
    expect(found.runs.map((r) => [r.runId, r.points])).toEqual([
      [runIds[0], 41],
      [runIds[1], 81],
      [runIds[2], 5_001],
    ]);
    expect(found.runs[0]!.steps).toBeCloseTo(20, 10);
    expect(found.runs[1]!.steps).toBe(80);
    // In hundredths of the run, a part standing where it ends.
    expect(Math.abs(found.runs[2]!.steps! - 5_000 * (2 / 3))).toBeLessThan(50);
    const lower = await stepsToLossOf(p.alice, { runIds, metric: "train/loss", target: 2.5 });
    expect(lower.runs.map((r) => r.steps === null)).toEqual([false, true, false]);
  });

  test("leaves out what is no number, and says where there are no points", async () => {
    const run = await falling(4, 1);
    expect(await stepsToLossOf(p.alice, { runIds: [run], metric: "odd", target: 4 })).toMatchObject({
      runs: [{ points: 3, steps: 1 }],
    });
    const none = await stepsToLossOf(p.alice, { runIds: [run], metric: "val/loss" });
    expect(none).toEqual({ target: null, runs: [{ runId: run, points: 0, steps: null }] });
    await expect(stepsToLossOf(p.alice, { runIds: [run], metric: "odd", target: -1 })).rejects.toThrow();
  });
});

test("runs without a result are told apart from rates that were never planned (LAW-11)", async () => {
  await createProject(p.alice, { name: "Partial", slug: "partial" });
  const at = async (peakLr: number, state: "finished" | "failed" | null) => {
    const dimensions = { peakLr, batchSeqs: 8, tokens: 1e6, seqLen: 64 };
    const { id } = await createRun(p.alice, { project: "partial", name: `lr ${peakLr}`, dimensions, config: {} });
    if (state) await finishRun(p.alice, { ...finishRunSchema.parse({ state, finalLoss: 3 }), runId: id });
    return id;
  };
  await at(0.001, "finished");
  const failed = await at(0.002, "failed");
  const running = await at(0.004, null);
  const found = await unfinishedRuns(p.alice, { project: "partial" });
  expect(found.map((r) => [r.runId, r.peakLr, r.finalLoss]).sort()).toEqual(
    [
      [failed, 0.002, null],
      [running, 0.004, null],
    ].sort(),
  );
  const points = await runPoints(p.alice, { project: "partial" });
  const { optima } = fitLaw(points, fitSettingsSchema.parse({}));
  expect(unfinishedCurves(optima, found)).toEqual([{ key: optima[0]!.key, missing: [0.002, 0.004], planned: 3 }]);
});
