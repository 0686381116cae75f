import { and, eq } from "drizzle-orm";
import { jobs, runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";

/**
 * Whether the actor may send points, logs and results of this run. A key of scope `work` lies on every training
 * machine: it writes to the runs of jobs that were last leased with it and to no other. A lease given by a version that
 * did not note the key counts until it ends.
 */
export async function authoriseIngest(ctx: Context, runId: string): Promise<void> {
  authorise(ctx, "ingest");
  const { actor } = ctx;
  if (actor.kind !== "key" || actor.scopes.includes("write")) return;
  const [run] = await ctx.db
    .select({ leasedWith: jobs.leasedWith, state: jobs.state })
    .from(runs)
    .leftJoin(jobs, eq(jobs.id, runs.jobId))
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
  if (!run) throw notFound("run", runId);
  if (run.leasedWith === actor.keyId || (run.leasedWith === null && run.state === "running")) return;
  const message = `this API key has the scope "work": it writes to runs of jobs that it leased, and ${runId} is none of them`;
  throw new EtalonError("forbidden", `${message}; use a key with the scope "write"`);
}
