import { and, desc, eq, getTableColumns, sql } from "drizzle-orm";
import { jobs, projects, runs, workers } from "@/db/schema";
import { LEASE_SECONDS } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { inReach } from "../project/internal";

/** By the database's clock, which also notes when a worker was seen. */
const isOnline = sql<boolean>`${workers.stoppedAt} is null
  and ${workers.lastSeenAt} > now() - make_interval(secs => ${LEASE_SECONDS})`;

/** Workers seen in the last week, newest first, with what they run now. */
export async function listWorkers(ctx: Context) {
  authorise(ctx, "read");
  const rows = await ctx.db
    .select({ worker: getTableColumns(workers), online: isOnline.mapWith(Boolean) })
    .from(workers)
    .where(and(eq(workers.teamId, ctx.teamId), sql`${workers.lastSeenAt} > now() - interval '7 days'`))
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
    .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.state, "running"), inReach(ctx, jobs.projectId)))
    .orderBy(desc(runs.tokens));
  return rows.map(({ worker: w, online }) => {
    const mine = busy.filter((b) => b.workerId === w.id);
    const current = [...new Map(mine.map((b) => [b.jobId, b] as const).reverse()).values()];
    return { ...w, online, current: online ? current : [] };
  });
}
