import { and, eq } from "drizzle-orm";
import { projects, sweeps } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { progressOf } from "./progress";

/** One sweep with its progress and time left. */
export async function getSweep(ctx: Context, input: { id: string }) {
  authorise(ctx, "read");
  const [row] = await ctx.db
    .select({ sweep: sweeps, project: projects.slug })
    .from(sweeps)
    .innerJoin(projects, eq(projects.id, sweeps.projectId))
    .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.id, input.id)));
  if (!row) throw notFound("sweep", input.id);
  const progress = await progressOf(ctx, [input.id]);
  return { ...row.sweep, project: row.project, progress: progress.get(input.id)! };
}
