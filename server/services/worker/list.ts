import { and, desc, eq, gt } from "drizzle-orm";
import { jobs, projects, runs, workers } from "@/db/schema";
import { LEASE_SECONDS } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";

/** Workers seen in the last week, newest first, with what they run now. */
export async function listWorkers(ctx: Context) {
  authorise(ctx, "read");
  const now = ctx.now();
  const weekAgo = new Date(now.getTime() - 7 * 86_400_000);
  const rows = await ctx.db
    .select()
    .from(workers)
    .where(and(eq(workers.teamId, ctx.teamId), gt(workers.lastSeenAt, weekAgo)))
    .orderBy(desc(workers.lastSeenAt));
  const busy = await ctx.db
    .select({
      workerId: jobs.workerId,
      jobId: jobs.id,
      runId: runs.id,
      runName: runs.name,
      project: projects.slug,
      tokens: runs.tokens,
    })
    .from(jobs)
    .innerJoin(runs, eq(runs.jobId, jobs.id))
    .innerJoin(projects, eq(projects.id, jobs.projectId))
    .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.state, "running")))
    .orderBy(desc(runs.tokens));
  return rows.map((w) => {
    const online = !w.stoppedAt && now.getTime() - w.lastSeenAt.getTime() < LEASE_SECONDS * 1000;
    const mine = busy.filter((b) => b.workerId === w.id);
    const current = [...new Map(mine.map((b) => [b.jobId, b] as const).reverse()).values()];
    return { ...w, online, current: online ? current : [] };
  });
}
