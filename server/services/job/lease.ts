import { and, eq, inArray, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { configErrors, LEASE_SECONDS, type RunConfig, runConfigSchema, trunkKey } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { lockSweepOf } from "../sweep/internal";
import { touchWorker } from "../worker/internal";
import { endJobsIfDone, OPEN_RUNS } from "./end";
import { recordFailedAttempt } from "./fail";
import { requireLease } from "./require-lease";

type Taken = NonNullable<Awaited<ReturnType<typeof takeNext>>>;

/**
 * Hands the next queued job of the team to a worker, or null. A job that cannot be trained fails by itself, with the
 * reason, and the next one is taken: none stands in the way of the others.
 */
export async function leaseJob(ctx: Context, input: { workerId: string }) {
  authorise(ctx, "work");
  await touchWorker(ctx, input.workerId);
  for (;;) {
    const taken = await takeNext(ctx, input.workerId);
    if (!taken) return null;
    const read = readRuns(taken);
    if (typeof read === "string") await refuse(ctx, taken, read);
    else if (read.some((r) => r.open)) return started(ctx, taken, read);
    else await endWithoutRuns(ctx, taken);
  }
}

/** `for update skip locked` lets any number of workers ask at once without ever getting the same job. */
async function takeNext(ctx: Context, workerId: string) {
  const leasedWith = ctx.actor.kind === "key" ? ctx.actor.keyId : null;
  const sweeps = await ctx.sql<{ id: string }[]>`
    select s.id from sweeps s where s.team_id = ${ctx.teamId} and s.state = 'running'
      and exists (select from jobs j where j.sweep_id = s.id and j.state = 'queued')
    order by s.created_at, s.id`;
  for (const { id: sweepId } of sweeps) {
    const taken = await inTransaction(ctx, async (ctx) => {
      const [job] = await ctx.db.execute<Record<"id" | "lease_id" | "project_id", string> & Numbers>(sql`
        with next as (
          select id from jobs where sweep_id = ${sweepId} and state = 'queued'
          order by position limit 1 for update skip locked)
        update jobs set state = 'running', leases = leases + 1, worker_id = ${workerId}, lease_id = gen_random_uuid(),
          lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}), started_at = now(), leased_with = ${leasedWith}
        from next where jobs.id = next.id
        returning jobs.id, jobs.lease_id, jobs.leases, jobs.project_id, jobs.tokens`);
      if (!job) return null;
      await ctx.db
        .update(runs)
        .set({ state: "running", startedAt: sql`coalesce(${runs.startedAt}, now())`, updatedAt: ctx.now() })
        .where(and(eq(runs.jobId, job.id), inArray(runs.state, OPEN_RUNS)));
      const members = await ctx.db
        .select({ id: runs.id, name: runs.name, config: runs.config, state: runs.state })
        .from(runs)
        .where(eq(runs.jobId, job.id))
        .orderBy(runs.tokens);
      await announce(ctx, [{ projectId: job.project_id, kind: "job", id: job.id }]);
      return { ...job, sweepId, jobId: job.id, leaseId: job.lease_id, members };
    });
    if (taken) return taken;
  }
  return null;
}

type Numbers = { leases: number; tokens: number[] };

/** The runs as the agent gets them, or why they cannot be trained. Ended ones that do not fit any more are left out. */
function readRuns({ members }: Taken): { id: string; open: boolean; config: RunConfig }[] | string {
  const read = members.map((r) => ({ ...r, open: r.state === "running", parsed: runConfigSchema.safeParse(r.config) }));
  const first = read.find((r) => r.open && r.parsed.success)?.parsed.data;
  const out: { id: string; open: boolean; config: RunConfig }[] = [];
  for (const { id, name, config, open, parsed } of read) {
    if (!parsed.success) {
      if (open) return `the config of run ${name} cannot be trained: ${configErrors(parsed.error, config).join("; ")}`;
      continue;
    }
    const fits = !first || trunkKey(parsed.data) === trunkKey(first);
    if (fits) out.push({ id, open, config: parsed.data });
    else if (open) return `run ${name} differs in more than its tokens from the other runs of its trunk`;
  }
  return out;
}

async function started(ctx: Context, taken: Taken, read: { id: string; open: boolean; config: RunConfig }[]) {
  // After the commit: a transaction that holds a job must not wait for its sweep (lockSweepOf).
  await ctx.sql`update sweeps set started_at = now() where id = ${taken.sweepId} and started_at is null`;
  return { id: taken.id, leaseId: taken.leaseId, attempt: taken.leases, tokens: taken.tokens, runs: read };
}

async function refuse(ctx: Context, taken: Taken, reason: string): Promise<void> {
  await inTransaction(ctx, async (ctx) => {
    await lockSweepOf(ctx, taken.id);
    const job = await requireLease(ctx, taken);
    await recordFailedAttempt(ctx, job, reason, false);
  });
}

async function endWithoutRuns(ctx: Context, { id }: Taken): Promise<void> {
  await inTransaction(ctx, async (ctx) => {
    await lockSweepOf(ctx, id);
    await endJobsIfDone(ctx, [id]);
  });
}
