import { desc, eq } from "drizzle-orm";
import { sweeps } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";
import { progressOf } from "./progress";

/** The project's sweeps, newest first, each with its progress. */
export async function listSweeps(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rows = await ctx.db
    .select({
      id: sweeps.id,
      name: sweeps.name,
      state: sweeps.state,
      preset: sweeps.preset,
      createdAt: sweeps.createdAt,
      finishedAt: sweeps.finishedAt,
    })
    .from(sweeps)
    .where(eq(sweeps.projectId, project.id))
    .orderBy(desc(sweeps.createdAt));
  const progress = await progressOf(
    ctx,
    rows.map((r) => r.id),
  );
  return rows.map((r) => ({ ...r, progress: progress.get(r.id)! }));
}
