// What becomes of jobs when runs end, are deleted or edited, when workers or the server go away, and when they are
// queued again.
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditLog, jobs, runs, sweeps } from "@/db/schema";
import { create, update } from "@/server/http/native/runs";
import { retry } from "@/server/http/native/work";
import { deleteNext, deleteRun, startDeletion } from "@/server/services/deletion";
import {
  expireLeases,
  failJob,
  finishJob,
  heartbeatJob,
  LeaseKeeper,
  leaseJob,
  releaseJob,
  retryJob,
  unfinishedJobs,
} from "@/server/services/job";
import { finishRun, heartbeatRun, stopRun, updateRun } from "@/server/services/run";
import { additionCost, addLearningRates, getSweep, setSweepState } from "@/server/services/sweep";
import { listWorkers } from "@/server/services/worker";
import { call, keyWith, type Person, product, sweepIn, workerOf } from "./product";

const p = product();
const result = {
  state: "finished" as const,
  ...{ diverged: false, finalLoss: 2, trainTailLoss: 2, wallSeconds: 1, error: null, provenance: null },
};
const jobOf = async (id: string) => (await p.alice.db.select().from(jobs).where(eq(jobs.id, id)))[0]!;
const runsOf = (jobId: string) => p.alice.db.select().from(runs).where(eq(runs.jobId, jobId)).orderBy(runs.tokens);
const sweepState = async (id: string) =>
  (await p.alice.db.select({ state: sweeps.state }).from(sweeps).where(eq(sweeps.id, id)))[0]!.state;
const runOut = () => p.alice.db.update(jobs).set({ leaseExpiresAt: sql`now() - interval '1 second'` });

async function fresh(part: Record<string, unknown> = { batches: [{ batchSeqs: 8, learningRates: [0.004] }] }) {
  await p.alice.db.update(jobs).set({ state: "canceled" });
  await p.alice.db.update(sweeps).set({ state: "canceled" });
  return { ...(await sweepIn(p.alice, part)), workerId: await workerOf(p.alice) };
}

async function leased(workerId: string, person: Person = p.alice) {
  const job = await leaseJob(person, { workerId });
  if (!job) throw new Error("nothing to lease");
  return { jobId: job.id, ...job };
}

describe("a job whose runs have all ended is finished", () => {
  test("by the end of its last run, though no word of the agent follows", async () => {
    const { workerId, sweepId } = await fresh();
    const job = await leased(workerId);
    for (const run of job.runs) await finishRun(p.alice, { ...result, runId: run.id });
    expect(await jobOf(job.id)).toMatchObject({ state: "finished", attempts: 0, leases: 1 });
    expect(await sweepState(sweepId)).toBe("finished");
    expect(await heartbeatJob(p.alice, job)).toEqual({ stop: true, reason: "the job is finished" });
    await finishJob(p.alice, job);
    await failJob(p.alice, { ...job, reason: "killed", stderr: "", retry: true });
    expect((await jobOf(job.id)).state).toBe("finished");
  });

  test.each(["heartbeat", "lost worker", "release", "next lease"])("when a %s notices it first", async (who) => {
    const { workerId, sweepId } = await fresh();
    const job = await leased(workerId);
    if (who === "next lease") await releaseJob(p.alice, job);
    await p.alice.db.update(runs).set({ state: "finished", finalLoss: 2 }).where(eq(runs.jobId, job.id));
    if (who === "heartbeat")
      expect(await heartbeatJob(p.alice, job)).toEqual({ stop: true, reason: "every run of the job has ended" });
    if (who === "release") await releaseJob(p.alice, job);
    if (who === "next lease") expect(await leaseJob(p.alice, { workerId })).toBeNull();
    if (who === "lost worker") {
      await runOut();
      await expireLeases(p.alice);
    }
    expect(await jobOf(job.id)).toMatchObject({ state: "finished", attempts: 0, error: null });
    expect(await sweepState(sweepId)).toBe("finished");
  });

  test("and canceled where all of them were", async () => {
    const { workerId } = await fresh();
    const job = await leased(workerId);
    for (const run of job.runs) await stopRun(p.alice, { id: run.id });
    expect((await jobOf(job.id)).state).toBe("canceled");
  });
});

describe("deleting runs", () => {
  test.each(["open", "finished"])(
    "one %s run of a trunk leaves its siblings and what their checkpoint needs",
    async (kind) => {
      const { workerId } = await fresh();
      const job = await leased(workerId);
      const [short, long] = job.runs;
      if (kind === "finished") await finishRun(p.alice, { ...result, runId: short!.id });
      await deleteRun(p.alice, { runId: short!.id });
      while (await deleteNext(p.alice));
      expect(await heartbeatJob(p.alice, job)).toEqual({ stop: false, reason: null });
      await releaseJob(p.alice, job);
      const again = await leased(workerId);
      expect(again.id).toBe(job.id);
      expect(again.tokens).toEqual([131_072, 262_144]);
      expect(again.runs.map((r) => [r.id, r.open])).toEqual([[long!.id, true]]);
      expect((await jobOf(job.id)).attempts).toBe(0);
      await finishRun(p.alice, { ...result, runId: long!.id });
      expect((await jobOf(job.id)).state).toBe("finished");
    },
  );

  test("all that a sweep still waits for ends the sweep", async () => {
    const { slug, workerId, sweepId } = await fresh();
    const job = await leased(workerId);
    const runIds = job.runs.map((r) => r.id);
    await startDeletion(p.alice, { project: slug, runIds, confirm: "delete 2 runs" });
    expect((await jobOf(job.id)).state).toBe("canceled");
    expect(await sweepState(sweepId)).toBe("finished");
    expect((await heartbeatJob(p.alice, job)).stop).toBe(true);
  });
});

describe("the config of a run that is trained here", () => {
  test("cannot be changed, nor its dimensions; name and tags can", async () => {
    const { workerId } = await fresh();
    const [run] = (await leased(workerId)).runs;
    const key = await keyWith(p.alice, "write");
    for (const [field, value] of [
      ["config", { note: "x" }],
      ["dimensions", { width: 64 }],
    ] as const) {
      const answer = await call(update, { key, id: run!.id, body: { [field]: value } });
      expect([answer.status, answer.body.error.issues[0].field]).toEqual([422, field]);
      expect(answer.body.error.message).toContain("queue a new run instead");
    }
    expect((await updateRun(p.alice, { runId: run!.id, name: "mine", tags: ["t"] })).name).toBe("mine");
  });

  test("that cannot be read fails its job alone, with the reason; the queue goes on", async () => {
    const { workerId, sweepId } = await fresh({ batches: [{ batchSeqs: 8, learningRates: [0.002, 0.004] }] });
    const [first] = await p.alice.db.select().from(jobs).where(eq(jobs.sweepId, sweepId)).orderBy(jobs.position);
    const [poisoned] = await runsOf(first!.id);
    await p.alice.db
      .update(runs)
      .set({ config: sql`${runs.config} || '{"note": "x"}'::jsonb` })
      .where(eq(runs.id, poisoned!.id));
    const next = await leased(workerId);
    expect(next.id).not.toBe(first!.id);
    expect(await jobOf(first!.id)).toMatchObject({ state: "failed", leaseId: null });
    expect((await jobOf(first!.id)).error).toContain('unknown "note"');
    expect((await runsOf(first!.id)).map((r) => r.state)).toEqual(["failed", "failed"]);
    const add = { id: sweepId, likeRunId: next.runs[0]!.id, learningRates: [0.5] };
    expect((await additionCost(p.alice, add)).runs).toBe(1);
    expect((await addLearningRates(p.alice, add)).runs).toBe(1);
    await expect(addLearningRates(p.alice, { ...add, likeRunId: poisoned!.id })).rejects.toMatchObject({
      code: "conflict",
    });
  });
});

describe("leases", () => {
  test("are judged by the database's clock, whatever the server's says, and so are workers", async () => {
    for (const hours of [-2, 2]) {
      const skewed = { ...p.alice, now: () => new Date(Date.now() + hours * 3_600_000) };
      await fresh();
      const workerId = await workerOf(skewed, `skewed ${hours}`);
      const job = await leased(workerId, skewed);
      expect(await expireLeases(skewed)).toBe(0);
      expect((await heartbeatJob(skewed, job)).stop).toBe(false);
      expect((await listWorkers(skewed)).find((w) => w.id === workerId)).toMatchObject({ online: true });
      expect((await listWorkers(p.alice)).find((w) => w.id === workerId)).toMatchObject({ online: true });
    }
  });

  test("are not taken by the poll of an idle slot, nor right after server or database were away", async () => {
    const { workerId } = await fresh();
    const job = await leased(workerId);
    let clock = 0;
    let broken = false;
    const failing = new Proxy(p.alice.sql, {
      apply: (target, self, args) => {
        if (broken) throw new Error("the database is away");
        return Reflect.apply(target, self, args);
      },
    });
    const keeper = new LeaseKeeper({ ...p.alice, sql: failing }, async () => clock);
    const afterPass = async () => {
      await runOut();
      await keeper.pass();
      return (await jobOf(job.id)).attempts;
    };
    await runOut();
    expect(await leaseJob(p.alice, { workerId })).toBeNull();
    expect(await afterPass()).toBe(0); // the start
    expect((await jobOf(job.id)).leaseExpiresAt!.getTime()).toBeGreaterThan(Date.now() + 50_000);
    clock += 60_000;
    expect(await afterPass()).toBe(0); // the process stood still
    broken = true;
    clock += 5_000;
    await expect(keeper.pass()).rejects.toThrow("away");
    broken = false;
    clock += 5_000;
    expect(await afterPass()).toBe(0); // the database was away
    clock += 5_000;
    expect(await afterPass()).toBe(1); // a worker that was not heard of while it could be
  });
});

describe("a job that ended without results", () => {
  async function failedJob() {
    const made = await fresh();
    const job = await leased(made.workerId);
    await finishRun(p.alice, { ...result, runId: job.runs[0]!.id });
    await failJob(p.alice, { ...job, reason: "exit code 2", stderr: "", retry: false });
    return { ...made, job };
  }

  test("is queued again with them, from the API too, and its sweep runs again", async () => {
    const { workerId, sweepId, job } = await failedJob();
    expect(await sweepState(sweepId)).toBe("finished");
    expect(await unfinishedJobs(p.alice, { sweepId })).toMatchObject([
      { id: job.id, state: "failed", error: "exit code 2", runs: 1 },
    ]);
    const answer = await call(retry, { key: await keyWith(p.alice, "write"), id: job.id });
    expect([answer.status, answer.body]).toEqual([200, { id: job.id, runs: 1 }]);
    expect(await jobOf(job.id)).toMatchObject({ state: "queued", attempts: 0, error: null, finishedAt: null });
    expect((await runsOf(job.id)).map((r) => [r.state, r.error])).toEqual([
      ["finished", null],
      ["queued", null],
    ]);
    expect(await sweepState(sweepId)).toBe("running");
    expect((await leased(workerId)).runs.map((r) => r.open)).toEqual([false, true]);
    const [entry] = await p.alice.db.select().from(auditLog).where(eq(auditLog.action, "job.retry"));
    expect(entry).toMatchObject({ subject: job.id });
    await expect(retryJob(p.alice, { id: job.id })).rejects.toMatchObject({ code: "conflict" });
  });

  test("is queued again after its sweep was stopped; the others stay canceled", async () => {
    const { workerId, sweepId } = await fresh({ batches: [{ batchSeqs: 8, learningRates: [0.002, 0.004] }] });
    await setSweepState(p.alice, { id: sweepId, to: "canceled" });
    const [one, other] = await unfinishedJobs(p.alice, { sweepId });
    await retryJob(p.alice, { id: one!.id });
    expect((await leased(workerId)).id).toBe(one!.id);
    expect((await jobOf(other!.id)).state).toBe("canceled");
  });

  test("is refused where every run has its result", async () => {
    const { workerId } = await fresh();
    const job = await leased(workerId);
    for (const run of job.runs) await finishRun(p.alice, { ...result, runId: run.id });
    await expect(retryJob(p.alice, { id: job.id })).rejects.toMatchObject({ code: "conflict" });
  });

  test("does not count as there when its learning rate is asked for again", async () => {
    const { sweepId, job } = await failedJob();
    const add = { id: sweepId, likeRunId: job.runs[1]!.id, learningRates: [0.004, 0.004, 0.008, 0.008] };
    expect((await additionCost(p.alice, add)).learningRates).toEqual([0.004, 0.008]);
    expect((await addLearningRates(p.alice, add)).runs).toBe(2);
    await expect(addLearningRates(p.alice, add)).rejects.toMatchObject({ code: "conflict" });
  });
});

test("the queue and the running jobs are found by their indexes among many jobs that have ended", async () => {
  const { workerId, sweepId } = await fresh();
  const { sql: run } = p.alice;
  await run`
    insert into jobs (team_id, project_id, sweep_id, position, state, cost_tokens, width, tokens)
    select team_id, project_id, ${sweepId}, 10 + n, 'finished', 1, 32, '{1}' from jobs, generate_series(1, 20000) n
    where sweep_id = ${sweepId}`;
  await run`analyze jobs`;
  const job = await leased(workerId);
  const keeper = new LeaseKeeper(p.alice);
  await keeper.pass();
  await keeper.pass();
  const used = async () =>
    (
      await run<{ name: string }[]>`
        select indexrelname as name from pg_stat_user_indexes
        where indexrelname in ('jobs_queued', 'jobs_running') and idx_scan > 0 order by 1`
    ).map((i) => i.name);
  await expect.poll(used, { timeout: 20_000, interval: 200 }).toEqual(["jobs_queued", "jobs_running"]);
  await releaseJob(p.alice, job);
});

test("a crashed run that shows a sign of life is open again in every respect", async () => {
  const { slug } = await fresh();
  const { id } = (await call(create, { key: await keyWith(p.alice, "write"), body: { project: slug } })).body;
  await p.alice.db.update(runs).set({ state: "crashed", finishedAt: new Date(), sealed: true }).where(eq(runs.id, id));
  await heartbeatRun(p.alice, { runId: id });
  const [run] = await p.alice.db.select().from(runs).where(eq(runs.id, id));
  expect(run).toMatchObject({ state: "running", finishedAt: null, sealed: false });
});

test("time left counts what is trained, and the speed of every worker", async () => {
  const { workerId, sweepId } = await fresh();
  await p.alice.sql`update workers set stopped_at = now() where id <> ${workerId}`;
  const left = async () => (await getSweep(p.alice, { id: sweepId })).progress;
  const atFirst = await left();
  const job = await leased(workerId);
  await p.alice.db.update(runs).set({ lastTokens: 131_072 }).where(eq(runs.id, job.runs[1]!.id));
  await releaseJob(p.alice, job);
  await leased(workerId);
  const cost = (await jobOf(job.id)).costTokens;
  const resumed = await left();
  expect(resumed.doneFraction).toBeCloseTo(131_072 / cost, 10);
  expect(resumed.secondsLeft).toBeCloseTo((atFirst.secondsLeft! * (cost - 131_072)) / cost, 8);
  const slow = await workerOf(p.alice, "slow");
  await p.alice.sql`update workers set tokens_per_s = '{"32": 50000}' where id = ${slow}`;
  expect((await left()).secondsLeft).toBeCloseTo((cost - 131_072) / (2 * 250_000 + 2 * 50_000), 8);
});
