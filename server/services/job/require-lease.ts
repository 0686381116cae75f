import { and, eq } from "drizzle-orm";
import { jobs } from "@/db/schema";
import type { Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";

/** The job, locked, if `leaseId` is still the one that holds it; `conflict` when another worker has taken it up. */
export async function requireLease(ctx: Context, input: { jobId: string; leaseId: string }) {
  const [job] = await ctx.db
    .select()
    .from(jobs)
    .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.id, input.jobId)))
    .for("update");
  if (!job) throw notFound("job", input.jobId);
  if (job.leaseId !== input.leaseId) {
    throw new EtalonError("conflict", `lease ${input.leaseId} is no longer held: the job is ${job.state}`);
  }
  return job;
}
