import { and, eq, inArray } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditLog, jobs, runs } from "@/db/schema";
import { unfinishedRuns } from "@/server/services/fit";
import { leaseJob } from "@/server/services/job";
import { getSweep, proposedCost, queueProposed, setSweepState } from "@/server/services/sweep";
import { colleague, K, product, sweepIn, workerOf } from "./product";

const p = product();
const small = { width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 };
const wide = { width: 48, depth: 2, heads: 3, hidden: 144, seqLen: 64 };
const run = { model: small, batchSeqs: 8, tokens: 512 * K, peakLr: 0.004, seed: 1 };
/** Two lengths of one trunk, another seed, a new size; the last one the sweep has. */
const PROPOSED = [run, { ...run, tokens: 1024 * K }, { ...run, seed: 2 }, { ...run, model: wide }];
const THERE = { ...run, tokens: 128 * K };

const queuedIn = async (sweepId: string) => p.alice.db.select().from(runs).where(eq(runs.sweepId, sweepId));

describe("proposed runs", () => {
  test("cost first: those that are not there, their tokens and time on the workers", async () => {
    await p.alice.db.update(jobs).set({ state: "canceled" });
    const { sweepId } = await sweepIn(p.alice);
    const add = { id: sweepId, runs: [...PROPOSED, THERE] };
    const without = await proposedCost(p.alice, add);
    expect(without).toMatchObject({ runs: 4, seconds: null, slots: 0 });
    // One trunk to 1Mi with a branch at 512Ki, and two of 512Ki.
    const evaluations = 4 * 512 * 64;
    expect(without.tokens).toBeCloseTo(0.9 * 1024 * K + 0.1 * (1024 + 512) * K + 2 * 512 * K + evaluations / 3, 6);
    await workerOf(p.alice, "one of 2 slots");
    const { seconds, tokens } = await proposedCost(p.alice, { ...add, runs: [run, { ...run, seed: 2 }] });
    expect(seconds! / (tokens / 250_000 / 2)).toBeCloseTo(1, 9);
    expect((await queuedIn(sweepId)).length).toBe(4);
  });

  test("are runs under way of their project, until they failed or were canceled", async () => {
    const { sweepId, slug } = await sweepIn(p.alice);
    await queueProposed(p.alice, { id: sweepId, runs: PROPOSED });
    const of = { project: slug, open: true };
    const [, second] = await queuedIn(sweepId);
    const open = await unfinishedRuns(p.alice, of);
    expect(open).toHaveLength(8);
    expect(open).toContainEqual(expect.objectContaining({ peakLr: 0.004, batchSeqs: 8, tokens: 512 * K, seed: 2 }));
    await p.alice.db.update(runs).set({ state: "running" }).where(eq(runs.id, second!.id));
    expect(await unfinishedRuns(p.alice, of)).toHaveLength(8);
    await p.alice.db.update(runs).set({ state: "failed" }).where(eq(runs.id, second!.id));
    expect(await unfinishedRuns(p.alice, of)).toHaveLength(7);
    expect(await unfinishedRuns(p.alice, { project: slug })).toHaveLength(8);
    await expect(unfinishedRuns(p.mallory, of)).rejects.toMatchObject({ code: "not_found" });
  });

  test("become jobs of the sweep that share trunks, once, with an entry in the audit log", async () => {
    const { sweepId } = await sweepIn(p.alice);
    const before = await queuedIn(sweepId);
    expect(await queueProposed(p.alice, { id: sweepId, runs: [...PROPOSED, THERE] })).toEqual({ runs: 4 });
    const added = (await queuedIn(sweepId)).filter((r) => !before.some((b) => b.id === r.id));
    expect(added.map((r) => [r.width, r.batchSeqs, r.tokens, r.peakLr, r.seed, r.state]).sort()).toEqual(
      PROPOSED.map((r) => [r.model.width, 8, r.tokens, 0.004, r.seed, "queued"]).sort(),
    );
    // All that a proposal does not say is the sweep's.
    const own = before[0]!.config as Record<string, unknown>;
    for (const { config } of added)
      expect(config).toMatchObject({ optimizer: own.optimizer, parametrization: own.parametrization, data: own.data });
    expect(new Set(added.map((r) => r.jobId)).size).toBe(3);
    const trunk = added.filter((r) => r.width === 32 && r.seed === 1);
    expect(new Set(trunk.map((r) => r.jobId)).size).toBe(1);
    const [entry] = await p.alice.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.subject, sweepId))
      .limit(5)
      .then((all) => all.filter((a) => a.action === "sweep.queue-proposed"));
    expect(entry!.detail).toMatchObject({ runs: 4 });

    const again = { id: sweepId, runs: [...PROPOSED, THERE] };
    expect(await proposedCost(p.alice, again)).toMatchObject({ runs: 0, tokens: 0 });
    await expect(queueProposed(p.alice, again)).rejects.toMatchObject({ code: "conflict" });
    const more = { ...run, peakLr: 0.008 };
    expect(await queueProposed(p.alice, { id: sweepId, runs: [...PROPOSED, more, more] })).toEqual({ runs: 1 });
    expect((await queuedIn(sweepId)).length).toBe(before.length + 5);
  });

  test("that failed or were canceled may be asked for again, and a worker gets them", async () => {
    await p.alice.db.update(jobs).set({ state: "canceled" });
    const { sweepId } = await sweepIn(p.alice);
    await queueProposed(p.alice, { id: sweepId, runs: PROPOSED });
    const ids = (await queuedIn(sweepId)).map((r) => r.id);
    await p.alice.db.update(runs).set({ state: "failed" }).where(inArray(runs.id, ids));
    await p.alice.db.update(jobs).set({ state: "canceled" }).where(eq(jobs.sweepId, sweepId));
    expect(await queueProposed(p.alice, { id: sweepId, runs: [run] })).toEqual({ runs: 1 });
    const job = (await leaseJob(p.alice, { workerId: await workerOf(p.alice) }))!;
    expect(job.runs.map((r) => r.config)).toMatchObject([
      { tokens: 512 * K, batchSeqs: 8, schedule: { peakLr: 0.004 } },
    ]);
  });

  test("are not queued where another sweep of the project has them", async () => {
    const { sweepId, slug } = await sweepIn(p.alice);
    const { id } = await p.alice.api.sweep.create({
      team: p.alice.team,
      sweep: {
        project: slug,
        name: "second",
        space: {
          models: [small],
          batches: [{ batchSeqs: 8, learningRates: [0.004] }],
          tokens: [512 * K],
          schedule: { kind: "wsd", warmupTokens: 64 * K },
        },
      },
    });
    expect(id).not.toBe(sweepId);
    expect(await proposedCost(p.alice, { id: sweepId, runs: [run] })).toMatchObject({ runs: 0 });
  });

  test("open a finished sweep again; a stopped one takes none", async () => {
    const { sweepId } = await sweepIn(p.alice);
    await p.alice.db.update(jobs).set({ state: "finished" }).where(eq(jobs.sweepId, sweepId));
    await setSweepState(p.alice, { id: sweepId, to: "running" });
    expect((await getSweep(p.alice, { id: sweepId })).state).toBe("finished");
    await queueProposed(p.alice, { id: sweepId, runs: [run] });
    expect((await getSweep(p.alice, { id: sweepId })).state).toBe("running");
    await setSweepState(p.alice, { id: sweepId, to: "canceled" });
    await expect(queueProposed(p.alice, { id: sweepId, runs: PROPOSED })).rejects.toMatchObject({ code: "conflict" });
  });

  test.each([
    ["tokens", { ...run, tokens: 1000 }, "runs.0.tokens", /1000 is not a whole number of steps/],
    ["a warmup that is too long", { ...run, tokens: 64 * K }, "runs.0.schedule.warmupTokens", /65536 is more than/],
    ["heads", { ...run, model: { ...small, heads: 3 } }, "runs.0.model.heads", /3 does not divide/],
  ])("that cannot be trained are refused, naming the run and its %s", async (_, bad, field, message) => {
    const { sweepId } = await sweepIn(p.alice);
    const refused = await queueProposed(p.alice, { id: sweepId, runs: [bad] }).then(
      () => null,
      (e: unknown) => e as { code: string; message: string; issues: { field: string }[] },
    );
    expect(refused!.code).toBe("invalid");
    expect(refused!.issues[0]!.field).toBe(field);
    expect(refused!.message).toMatch(message);
    expect((await queuedIn(sweepId)).length).toBe(4);
  });

  test("of another parametrization than the sweep's are refused; viewers and other teams queue none", async () => {
    const { sweepId } = await sweepIn(p.alice);
    const add = { id: sweepId, runs: [run] };
    await expect(queueProposed(p.alice, { ...add, parametrization: "standard" })).rejects.toMatchObject({
      code: "invalid",
    });
    await expect(queueProposed(await colleague(p.alice, "viewer"), add)).rejects.toMatchObject({ code: "forbidden" });
    await expect(queueProposed(p.mallory, add)).rejects.toMatchObject({ code: "not_found" });
    await expect(proposedCost(p.mallory, add)).rejects.toMatchObject({ code: "not_found" });
    const mine = and(eq(runs.sweepId, sweepId), eq(runs.tokens, 512 * K));
    expect(await p.alice.db.select().from(runs).where(mine)).toEqual([]);
  });
});
