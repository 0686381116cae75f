import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { resolveProject } from "../project/internal";
import { DIMENSION_COLUMNS } from "./columns";

/** Shown as stale; its data are still taken. */
export const isSilent = sql<boolean>`(${runs.state} = 'running' and ${runs.source} = 'api'
  and coalesce(${runs.lastSeenAt}, ${runs.startedAt}) < now() - interval '5 minutes')`;

export const columns = {
  id: runs.id,
  sweepId: runs.sweepId,
  jobId: runs.jobId,
  name: runs.name,
  tags: runs.tags,
  notes: runs.notes,
  /** Running, by its own program, and without a sign of life for some minutes: by the database's clock. */
  silent: isSilent,
  lastSeenAt: runs.lastSeenAt,
  state: runs.state,
  diverged: runs.diverged,
  source: runs.source,
  ...DIMENSION_COLUMNS,
  lastLoss: runs.lastLoss,
  lastTokens: runs.lastTokens,
  wallSeconds: runs.wallSeconds,
  createdAt: runs.createdAt,
  startedAt: runs.startedAt,
  finishedAt: runs.finishedAt,
};

export type RunRow = Awaited<ReturnType<typeof listRuns>>[number];

/**
 * All runs of one sweep of a project, or of chosen ids, in the order they were queued. A whole project is read a page
 * at a time (`queryRuns`). Errors: `invalid` without either.
 */
export async function listRuns(ctx: Context, input: { project: string; sweepId?: string; ids?: string[] }) {
  authorise(ctx, "read");
  if (!input.sweepId && !input.ids) {
    throw new EtalonError("invalid", "say which runs: sweepId or ids", [{ field: "sweepId", message: "missing" }]);
  }
  const project = await resolveProject(ctx, input.project);
  return ctx.db
    .select(columns)
    .from(runs)
    .where(
      and(
        eq(runs.projectId, project.id),
        input.sweepId ? eq(runs.sweepId, input.sweepId) : undefined,
        input.ids ? inArray(runs.id, input.ids) : undefined,
      ),
    )
    .orderBy(
      asc(runs.createdAt),
      asc(runs.width),
      asc(runs.batchSeqs),
      asc(runs.peakLr),
      asc(runs.tokens),
      asc(runs.id),
    );
}
