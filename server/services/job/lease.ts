import { and, eq, inArray, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { LEASE_SECONDS, runConfigSchema } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { announce } from "../event";
import { touchWorker } from "../worker/touch";
import { expireLeases } from "./expire";

/**
 * Hands the next queued job of the team to a worker, or null. `for update skip locked` lets any number of workers ask
 * at once without ever getting the same job.
 */
export async function leaseJob(ctx: Context, input: { workerId: string }) {
  authorise(ctx, "work");
  await touchWorker(ctx, input.workerId);
  await expireLeases(ctx);
  const leased = await ctx.db.transaction(async (tx) => {
    const taken = await tx.execute<{
      id: string;
      lease_id: string;
      leases: number;
      project_id: string;
      sweep_id: string | null;
    }>(sql`
      with next as (
        select j.id from jobs j left join sweeps s on s.id = j.sweep_id
        where j.team_id = ${ctx.teamId} and j.state = 'queued' and (s.id is null or s.state = 'running')
        order by s.created_at, j.position for update of j skip locked limit 1)
      update jobs set state = 'running', leases = leases + 1, worker_id = ${input.workerId}, lease_id = gen_random_uuid(),
        lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}), started_at = now()
      from next where jobs.id = next.id
      returning jobs.id, jobs.lease_id, jobs.leases, jobs.project_id, jobs.sweep_id`);
    const job = taken[0];
    if (!job) return null;
    await tx
      .update(runs)
      .set({ state: "running", startedAt: sql`coalesce(${runs.startedAt}, now())`, updatedAt: ctx.now() })
      .where(and(eq(runs.jobId, job.id), inArray(runs.state, ["queued", "running", "crashed"])));
    const members = await tx
      .select({ id: runs.id, config: runs.config, state: runs.state })
      .from(runs)
      .where(eq(runs.jobId, job.id))
      .orderBy(runs.tokens);
    await announce(tx, [{ teamId: ctx.teamId, projectId: job.project_id, kind: "job", id: job.id }]);
    return {
      id: job.id,
      sweepId: job.sweep_id,
      leaseId: job.lease_id,
      attempt: job.leases,
      runs: members.map((r) => ({ id: r.id, open: r.state === "running", config: runConfigSchema.parse(r.config) })),
    };
  });
  if (!leased) return null;
  const { sweepId, ...job } = leased;
  // After the commit: a transaction that holds a job must not wait for its sweep (lockSweepOf).
  if (sweepId)
    await ctx.db.execute(sql`update sweeps set started_at = now() where id = ${sweepId} and started_at is null`);
  return job;
}
