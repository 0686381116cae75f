import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { jobs, runs, sweeps } from "@/db/schema";
import { finishJob, leaseJob } from "@/server/services/job";
import { createProject } from "@/server/services/project";
import { createQuickstart } from "@/server/services/quickstart";
import { finishRun } from "@/server/services/run";
import { addLearningRates, createSweep, getSweep, listSweeps, setSweepState } from "@/server/services/sweep";
import { K, product, space, sweepIn, workerOf } from "./product";

const p = product();
const result = { diverged: false, finalLoss: 2, trainTailLoss: 2, wallSeconds: 1, error: null, provenance: null };

describe("a sweep that cannot be trained is refused, naming field and value", () => {
  const model = { width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 };
  const cases: [string, Record<string, unknown>, string, RegExp][] = [
    ["a width that is a word", { models: [{ ...model, width: "wide" }] }, "space.models.0.width", /number/],
    ["an unknown schedule", { schedule: { kind: "zigzag", warmupTokens: 0 } }, "space.schedule.kind", /wsd/],
    ["batch 0", { batches: [{ batchSeqs: 0, learningRates: [0.1] }] }, "space.batches.0.batchSeqs", />0/],
    ["a negative rate", { batches: [{ batchSeqs: 8, learningRates: [-1] }] }, "space.batches.0.learningRates.0", />0/],
    ["no batch", { batches: [] }, "space.batches", />=1/],
    ["an unknown field", { warmup: 3 }, "space", /warmup/],
    [
      "more heads than width",
      { models: [{ ...model, heads: 64 }] },
      "model.heads",
      /64 is more than model.width \(32\)/,
    ],
    ["heads that do not divide", { models: [{ ...model, heads: 3 }] }, "model.heads", /3 does not divide/],
    ["tokens that are no whole steps", { tokens: [1000] }, "tokens", /1000 is not a whole number of steps/],
    ["a warmup longer than the run", { tokens: [64 * K] }, "schedule.warmupTokens", /65536 is more than/],
    ["experts without top-k", { models: [{ ...model, experts: 4 }] }, "model.topK", /0 selects none/],
  ];

  test.each(cases)("%s", async (name, part, field, message) => {
    const slug = `refused-${cases.findIndex((c) => c[0] === name)}`;
    await createProject(p.alice, { name, slug });
    const sent = { project: slug, name, space: space(part) };
    const caught = await p.alice.api.sweep.create({ team: p.alice.team, sweep: sent }).then(
      () => null,
      (e: unknown) => e,
    );
    const { issues, text } = problemsOf(caught);
    expect(issues).toContain(field);
    expect(text).toMatch(message);
    expect(await listSweeps(p.alice, { project: slug })).toEqual([]);
  });

  test("more runs than can be queued at once", async () => {
    const learningRates = Array.from({ length: 10_001 }, (_, i) => (i + 1) * 1e-6);
    const sent = {
      project: (await sweepIn(p.alice)).slug,
      name: "big",
      space: space({ batches: [{ batchSeqs: 8, learningRates }] }),
    };
    await expect(createSweep(p.alice, sent)).rejects.toMatchObject({ code: "too_large" });
  });
});

describe("progress", () => {
  test("counts states and the share of the work, and gives the time left", async () => {
    await p.alice.db.update(jobs).set({ state: "canceled" });
    const { slug, sweepId, runs: queued } = await sweepIn(p.alice);
    expect(queued).toBe(4);
    expect((await getSweep(p.alice, { id: sweepId })).progress).toMatchObject({ queued: 4, total: 4, doneFraction: 0 });
    const workerId = await workerOf(p.alice);
    const job = (await leaseJob(p.alice, { workerId }))!;
    const during = (await getSweep(p.alice, { id: sweepId })).progress;
    expect(during).toMatchObject({ queued: 2, running: 2, onlineSlots: 2 });
    expect(during.secondsLeft).toBeGreaterThan(0);
    await finishRun(p.alice, { ...result, runId: job.runs[0]!.id, state: "finished" });
    await finishRun(p.alice, { ...result, runId: job.runs[1]!.id, state: "finished", diverged: true });
    await finishJob(p.alice, { jobId: job.id, leaseId: job.leaseId });
    const half = (await getSweep(p.alice, { id: sweepId })).progress;
    expect(half).toMatchObject({ queued: 2, running: 0, finished: 2, diverged: 1, doneFraction: 0.5 });
    expect((await listSweeps(p.alice, { project: slug }))[0]!.progress).toMatchObject({ finished: 2 });
  });

  test("the sweep is finished when its last job is", async () => {
    const { sweepId } = await sweepIn(p.alice);
    await p.alice.db.update(jobs).set({ state: "canceled" }).where(eq(jobs.state, "running"));
    await finishAll(sweepId);
    const sweep = await getSweep(p.alice, { id: sweepId });
    expect([sweep.state, sweep.progress.doneFraction, sweep.progress.secondsLeft]).toEqual(["finished", 1, null]);
    expect(sweep.finishedAt).not.toBeNull();
  });
});

describe("pause, resume, stop", () => {
  test("a paused sweep gives no job; a resumed one does", async () => {
    await p.alice.db.update(jobs).set({ state: "canceled" });
    const { sweepId } = await sweepIn(p.alice);
    const workerId = await workerOf(p.alice);
    await setSweepState(p.alice, { id: sweepId, to: "paused" });
    expect(await leaseJob(p.alice, { workerId })).toBeNull();
    await setSweepState(p.alice, { id: sweepId, to: "running" });
    expect(await leaseJob(p.alice, { workerId })).not.toBeNull();
  });

  test("a sweep whose last job ended while it was paused is finished when it is resumed", async () => {
    await p.alice.db.update(jobs).set({ state: "canceled" });
    const { sweepId } = await sweepIn(p.alice, { batches: [{ batchSeqs: 8, learningRates: [0.004] }] });
    const workerId = await workerOf(p.alice);
    const job = (await leaseJob(p.alice, { workerId }))!;
    await setSweepState(p.alice, { id: sweepId, to: "paused" });
    await finishJob(p.alice, { jobId: job.id, leaseId: job.leaseId });
    await setSweepState(p.alice, { id: sweepId, to: "running" });
    expect((await getSweep(p.alice, { id: sweepId })).state).toBe("finished");
  });

  test("a quickstart that is paused before any worker came is queued after it is resumed", async () => {
    await createQuickstart({ ...p.mallory, actor: { kind: "system", name: "test" } });
    const [sweep] = await listSweeps(p.mallory, { project: "quickstart" });
    expect(sweep!.state).toBe("waiting");
    await setSweepState(p.mallory, { id: sweep!.id, to: "paused" });
    await workerOf(p.mallory);
    expect(await jobsOf(sweep!.id)).toHaveLength(0);
    await setSweepState(p.mallory, { id: sweep!.id, to: "running" });
    await workerOf(p.mallory);
    const after = await getSweep(p.mallory, { id: sweep!.id });
    expect(after.state).toBe("running");
    expect(after.presetReason).toContain("250k tokens/s at width 32");
    expect((await jobsOf(sweep!.id)).length).toBeGreaterThan(10);
  });

  test("a stopped sweep is final", async () => {
    const { sweepId } = await sweepIn(p.alice);
    await setSweepState(p.alice, { id: sweepId, to: "canceled" });
    expect((await getSweep(p.alice, { id: sweepId })).progress).toMatchObject({ canceled: 4, queued: 0 });
    await expect(setSweepState(p.alice, { id: sweepId, to: "running" })).rejects.toMatchObject({ code: "conflict" });
    const [run] = await p.alice.db.select().from(runs).where(eq(runs.sweepId, sweepId));
    const add = { id: sweepId, likeRunId: run!.id, learningRates: [0.1] };
    await expect(addLearningRates(p.alice, add)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("more learning rates", () => {
  test("are queued like the run they extend, without those that are there", async () => {
    const { sweepId } = await sweepIn(p.alice);
    const all = await p.alice.db.select().from(runs).where(eq(runs.sweepId, sweepId));
    const like = all.find((r) => r.tokens === 131_072)!;
    const add = { id: sweepId, likeRunId: like.id, learningRates: [0.004, 0.008, 0.016] };
    expect(await addLearningRates(p.alice, add)).toEqual({ runs: 2 });
    const grown = await p.alice.db.select().from(runs).where(eq(runs.sweepId, sweepId));
    const fresh = grown.filter((r) => !all.some((old) => old.id === r.id));
    expect(fresh.map((r) => [r.peakLr, r.tokens, r.batchSeqs, r.width]).sort()).toEqual([
      [0.008, 131_072, 8, 32],
      [0.016, 131_072, 8, 32],
    ]);
    await expect(addLearningRates(p.alice, add)).rejects.toMatchObject({ code: "conflict" });
  });

  test("open a finished sweep again", async () => {
    await p.alice.db.update(jobs).set({ state: "canceled" });
    const { sweepId } = await sweepIn(p.alice);
    await finishAll(sweepId);
    const [run] = await p.alice.db.select().from(runs).where(eq(runs.sweepId, sweepId));
    await addLearningRates(p.alice, { id: sweepId, likeRunId: run!.id, learningRates: [0.1] });
    expect((await getSweep(p.alice, { id: sweepId })).state).toBe("running");
    await finishAll(sweepId);
    expect((await getSweep(p.alice, { id: sweepId })).state).toBe("finished");
  });
});

const jobsOf = (sweepId: string) => p.alice.db.select().from(jobs).where(eq(jobs.sweepId, sweepId));

/** Leases and finishes every queued job of the team. */
async function finishAll(sweepId: string): Promise<void> {
  const workerId = await workerOf(p.alice);
  for (let job = await leaseJob(p.alice, { workerId }); job; job = await leaseJob(p.alice, { workerId })) {
    for (const run of job.runs) await finishRun(p.alice, { ...result, runId: run.id, state: "finished" });
    await finishJob(p.alice, { jobId: job.id, leaseId: job.leaseId });
  }
  expect((await p.alice.db.select().from(sweeps).where(eq(sweeps.id, sweepId)))[0]).toBeDefined();
}

/** Fields and text of what a caller is told, whether the input's shape or a run of it was refused. */
function problemsOf(error: unknown): { issues: string[]; text: string } {
  const { message, cause } = error as {
    message: string;
    cause: { issues: { field?: string; path?: string[]; message: string }[] };
  };
  const issues = cause.issues.map((i) => i.field ?? i.path?.join(".") ?? "");
  return { issues, text: [message, ...cause.issues.map((i) => i.message)].join("\n") };
}

test("a sweep leaves out what the project has, says so, and is refused where nothing is left", async () => {
  const slug = "reused";
  await createProject(p.alice, { name: "Reused", slug });
  const first = await createSweep(p.alice, { project: slug, name: "first", space: space() });
  const wider = space({ batches: [{ batchSeqs: 8, learningRates: [0.001, 0.002, 0.004, 0.008, 0.016] }] });
  const all = await createSweep(p.alice, { project: slug, name: "all", space: wider });
  const more = space({ batches: [{ batchSeqs: 8, learningRates: [0.002, 0.004, 0.032] }] });
  const part = await createSweep(p.alice, { project: slug, name: "part", space: more, reuse: true });
  const perRate = all.runs / 5;
  expect([first.reused, all.reused]).toEqual([0, 0]);
  expect(part).toMatchObject({ runs: perRate, reused: 2 * perRate });
  const rows = await p.alice.db.select({ lr: runs.peakLr }).from(runs).where(eq(runs.sweepId, part.id));
  expect(new Set(rows.map((r) => r.lr))).toEqual(new Set([0.032]));
  const { presetReason } = await getSweep(p.alice, { id: part.id });
  expect(presetReason).toBe(
    `${2 * perRate} of its ${3 * perRate} runs are in this project already and not trained again: lab and transfer read them together with these.`,
  );
  await expect(createSweep(p.alice, { project: slug, name: "again", space: more, reuse: true })).rejects.toMatchObject({
    code: "conflict",
    message: "the project has all these runs already",
  });
  // What was canceled has no result, and is asked for again.
  await setSweepState(p.alice, { id: part.id, to: "canceled" });
  const again = await createSweep(p.alice, { project: slug, name: "again", space: more, reuse: true });
  expect(again.runs).toBe(perRate);
});
