import { and, eq, inArray, isNotNull, notInArray } from "drizzle-orm";
import { runs } from "@/db/schema";
import { type RunConfig, runConfigSchema } from "@/lib/protocol";
import { absentRuns } from "@/lib/sweep";
import type { Context } from "@/server/context";

/** The wanted runs that no sweep of the project has a result of or an open run for. */
export async function absentFrom(ctx: Context, projectId: string, wanted: readonly RunConfig[]): Promise<RunConfig[]> {
  const distinct = <T>(of: (config: RunConfig) => T) => [...new Set(wanted.map(of))];
  const present = await ctx.db
    .select({ config: runs.config })
    .from(runs)
    .where(
      and(
        ...[eq(runs.teamId, ctx.teamId), eq(runs.projectId, projectId), isNotNull(runs.sweepId)],
        // What failed or was canceled has no result and gets none: it may be asked for again.
        notInArray(runs.state, ["failed", "canceled"]),
        inArray(
          runs.peakLr,
          distinct((c) => c.schedule.peakLr),
        ),
        inArray(
          runs.tokens,
          distinct((c) => c.tokens),
        ),
        inArray(
          runs.seed,
          distinct((c) => c.seed),
        ),
      ),
    );
  return absentRuns(
    wanted,
    present.flatMap(({ config }) => runConfigSchema.safeParse(config).data ?? []),
  );
}
