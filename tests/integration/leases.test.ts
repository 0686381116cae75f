import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { jobs, runs } from "@/db/schema";
import { expireLeases, failJob, finishJob, heartbeatJob, leaseJob, releaseJob } from "@/server/services/job";
import { finishRun, stopRun } from "@/server/services/run";
import { setSweepState } from "@/server/services/sweep";
import { product, sweepIn, workerOf } from "./product";

const p = product();
/** As if the time of every lease had run out, by the database's clock. */
const runOut = () => p.alice.db.update(jobs).set({ leaseExpiresAt: sql`now() - interval '1 second'` });

const jobOf = async (id: string) => (await p.alice.db.select().from(jobs).where(eq(jobs.id, id)))[0]!;
const runsOf = (jobId: string) => p.alice.db.select().from(runs).where(eq(runs.jobId, jobId));

/** Cancels what earlier tests left, so that the next lease is of the sweep made here. */
async function freshSweep(part: Record<string, unknown> = {}) {
  await p.alice.db.update(jobs).set({ state: "canceled" });
  return { ...(await sweepIn(p.alice, part)), workerId: await workerOf(p.alice) };
}

async function leased(workerId: string) {
  const job = await leaseJob(p.alice, { workerId });
  if (!job) throw new Error("nothing to lease");
  return { jobId: job.id, ...job };
}

const result = { diverged: false, finalLoss: 2, trainTailLoss: 2, wallSeconds: 1, error: null, provenance: null };

describe("a lease", () => {
  test("is never given twice, however many agents ask at once", async () => {
    const learningRates = Array.from({ length: 40 }, (_, i) => 0.001 * (i + 1));
    await freshSweep({ batches: [{ batchSeqs: 8, learningRates }] });
    const workers = await Promise.all(Array.from({ length: 12 }, (_, i) => workerOf(p.alice, `agent ${i}`)));
    const taken: string[] = [];
    await Promise.all(
      workers.map(async (workerId) => {
        for (let job = await leaseJob(p.alice, { workerId }); job; job = await leaseJob(p.alice, { workerId })) {
          taken.push(job.id);
        }
      }),
    );
    expect(taken).toHaveLength(40);
    expect(new Set(taken).size).toBe(40);
  });

  test("holds every run of the trunk, shortest first, and sets them running", async () => {
    const { workerId } = await freshSweep();
    const job = await leased(workerId);
    expect(job.runs.map((r) => r.config.tokens)).toEqual([131_072, 262_144]);
    expect(job.runs.every((r) => r.open)).toBe(true);
    expect((await runsOf(job.id)).map((r) => r.state)).toEqual(["running", "running"]);
  });

  test("that ran out is given to another worker and counts as an attempt", async () => {
    const { workerId } = await freshSweep();
    const first = await leased(workerId);
    expect(await expireLeases(p.alice)).toBe(0);
    await runOut();
    expect(await expireLeases(p.alice)).toBe(1);
    expect(await jobOf(first.jobId)).toMatchObject({ state: "queued", attempts: 1, leaseId: null });
    expect((await runsOf(first.jobId)).map((r) => r.state)).toEqual(["queued", "queued"]);
    const second = await leased(await workerOf(p.alice, "another"));
    expect(second.jobId).toBe(first.jobId);
    expect(second.attempt).toBe(first.attempt + 1);
    await expect(finishJob(p.alice, first)).rejects.toMatchObject({ code: "conflict" });
    await expect(releaseJob(p.alice, first)).rejects.toMatchObject({ code: "conflict" });
    expect(await heartbeatJob(p.alice, first)).toEqual({ stop: true, reason: "the lease is no longer held" });
    expect(await heartbeatJob(p.alice, second)).toEqual({ stop: false, reason: null });
  });

  test("is renewed by a heartbeat", async () => {
    const { workerId } = await freshSweep();
    const job = await leased(workerId);
    const before = (await jobOf(job.jobId)).leaseExpiresAt!;
    await p.alice.db
      .update(jobs)
      .set({ leaseExpiresAt: new Date(before.getTime() - 50_000) })
      .where(eq(jobs.id, job.jobId));
    await heartbeatJob(p.alice, job);
    expect((await jobOf(job.jobId)).leaseExpiresAt!.getTime()).toBeGreaterThanOrEqual(before.getTime());
  });

  test("given back in good order does not count", async () => {
    const { workerId } = await freshSweep();
    for (let i = 0; i < 5; i++) await releaseJob(p.alice, await leased(workerId));
    const job = await leased(workerId);
    expect(await jobOf(job.jobId)).toMatchObject({ state: "running", attempts: 0, leases: 6 });
  });

  test("continues only what has no result", async () => {
    const { workerId } = await freshSweep();
    const first = await leased(workerId);
    await finishRun(p.alice, { ...result, runId: first.runs[0]!.id, state: "finished" });
    await releaseJob(p.alice, first);
    const second = await leased(workerId);
    expect(second.runs.map((r) => r.open)).toEqual([false, true]);
  });
});

describe("a failing job", () => {
  test("is tried three times and then failed with the reason and the trainer's last words", async () => {
    const { workerId, sweepId } = await freshSweep({ batches: [{ batchSeqs: 8, learningRates: [0.004] }] });
    for (const attempt of [1, 2, 3]) {
      const job = await leased(workerId);
      await failJob(p.alice, {
        ...job,
        reason: "the trainer was killed by SIGKILL",
        stderr: "out of luck",
        retry: true,
      });
      expect(await jobOf(job.jobId)).toMatchObject({ state: attempt < 3 ? "queued" : "failed", attempts: attempt });
    }
    expect(await leaseJob(p.alice, { workerId })).toBeNull();
    const [job] = await p.alice.db.select().from(jobs).where(eq(jobs.sweepId, sweepId));
    const why = "attempt 3 of 3: the trainer was killed by SIGKILL\nout of luck";
    expect(job!.error).toBe(why);
    expect((await runsOf(job!.id)).map((r) => [r.state, r.error])).toEqual([
      ["failed", why],
      ["failed", why],
    ]);
    expect((await p.alice.api.sweep.get({ team: p.alice.team, id: sweepId })).state).toBe("finished");
  });

  test("that another attempt cannot help fails at once and keeps the results it has", async () => {
    const { workerId } = await freshSweep();
    const job = await leased(workerId);
    await finishRun(p.alice, { ...result, runId: job.runs[0]!.id, state: "finished" });
    await failJob(p.alice, { ...job, reason: "exit code 2", stderr: "config error: model.heads", retry: false });
    expect((await jobOf(job.jobId)).state).toBe("failed");
    expect((await runsOf(job.jobId)).map((r) => r.state).sort()).toEqual(["failed", "finished"]);
  });

  test("whose trainer ended without a result is not finished", async () => {
    const { workerId } = await freshSweep();
    const job = await leased(workerId);
    await finishRun(p.alice, { ...result, runId: job.runs[0]!.id, state: "finished" });
    await finishJob(p.alice, job);
    const states = (await runsOf(job.jobId)).map((r) => [r.state, r.error]).sort();
    expect(states).toEqual([
      ["failed", "the trainer ended without a result for this run"],
      ["finished", null],
    ]);
  });

  test("three lost workers in a row fail it too", async () => {
    const { workerId } = await freshSweep();
    let id = "";
    for (let i = 0; i < 3; i++) {
      id = (await leased(workerId)).jobId;
      await runOut();
      await expireLeases(p.alice);
    }
    expect(await jobOf(id)).toMatchObject({ state: "failed", attempts: 3 });
    expect((await jobOf(id)).error).toContain("was not heard of in time");
  });
});

describe("cancellation", () => {
  test("of the sweep stops its workers and is final", async () => {
    const { workerId, sweepId } = await freshSweep();
    const job = await leased(workerId);
    await setSweepState(p.alice, { id: sweepId, to: "canceled" });
    expect(await heartbeatJob(p.alice, job)).toEqual({ stop: true, reason: "canceled" });
    await failJob(p.alice, { ...job, reason: "killed", stderr: "", retry: true });
    expect((await jobOf(job.jobId)).state).toBe("canceled");
    expect((await runsOf(job.jobId)).map((r) => r.state)).toEqual(["canceled", "canceled"]);
    expect(await leaseJob(p.alice, { workerId })).toBeNull();
    const answer = await finishRun(p.alice, { ...result, runId: job.runs[0]!.id, state: "finished" });
    expect(answer).toEqual({ state: "canceled", changed: false });
  });

  test("of one run leaves the others of its trunk; of the last one ends the job", async () => {
    const { workerId } = await freshSweep();
    const job = await leased(workerId);
    await stopRun(p.alice, { id: job.runs[0]!.id });
    expect((await heartbeatJob(p.alice, job)).stop).toBe(false);
    await stopRun(p.alice, { id: job.runs[1]!.id });
    expect(await heartbeatJob(p.alice, job)).toEqual({ stop: true, reason: "canceled" });
    await expect(stopRun(p.alice, { id: job.runs[1]!.id })).rejects.toMatchObject({ code: "conflict" });
  });

  test("while every job is finishing does not deadlock", async () => {
    const learningRates = Array.from({ length: 12 }, (_, i) => 0.001 * (i + 1));
    for (let round = 0; round < 4; round++) {
      const { workerId, sweepId } = await freshSweep({ batches: [{ batchSeqs: 8, learningRates }] });
      const held = await Promise.all(learningRates.map(() => leased(workerId)));
      const stops = held.flatMap((job) => job.runs.map((r) => stopRun(p.alice, { id: r.id }).catch(ifConflict)));
      const ends = held.map((job) => finishJob(p.alice, job).catch(ifConflict));
      await Promise.all([...ends, ...stops, setSweepState(p.alice, { id: sweepId, to: "canceled" }).catch(ifConflict)]);
      const left = await p.alice.db.select().from(runs).where(eq(runs.sweepId, sweepId));
      expect(left.filter((r) => r.state === "running" || r.state === "queued")).toEqual([]);
    }
  });
});

function ifConflict(e: { code?: string }): void {
  if (e.code !== "conflict") throw e;
}
