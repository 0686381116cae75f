import { and, asc, eq, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { inReach, resolveProject } from "../project/internal";
import { filterOf } from "./filter-of";
import { selected } from "./which";

/**
 * Runs by id, or of a project by filter, in the order of their creation. Errors: `not_found` for an id of no run of the
 * team.
 */
export async function runsToExport(
  ctx: Context,
  input: { runIds?: string[]; selection?: string; sweepId?: string; project?: string; filter?: string },
): Promise<{ id: string; name: string }[]> {
  authorise(ctx, "read");
  const { runIds } = input;
  if (!runIds && !input.selection && !input.project) {
    throw new EtalonError("invalid", "say which runs: runIds, selection, or project", [
      { field: "runIds", message: "missing" },
    ]);
  }
  const project = input.project ? await resolveProject(ctx, input.project) : null;
  const rows = await ctx.db
    .select({ id: runs.id, name: runs.name })
    .from(runs)
    .where(
      and(
        eq(runs.teamId, ctx.teamId),
        inReach(ctx, runs.projectId),
        project ? eq(runs.projectId, project.id) : undefined,
        runIds ? sql`${runs.id} = any(${`{${runIds.join(",")}}`}::uuid[])` : undefined,
        input.selection ? await selected(ctx, input.selection) : undefined,
        input.sweepId ? eq(runs.sweepId, input.sweepId) : undefined,
        filterOf(input.filter ?? ""),
      ),
    )
    .orderBy(asc(runs.createdAt), asc(runs.id));
  const there = new Set(rows.map((r) => r.id));
  const missing = runIds?.find((id) => !there.has(id.toLowerCase()));
  if (missing) throw notFound("run", missing);
  return rows;
}
