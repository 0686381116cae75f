import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { runs } from "@/db/schema";
import { configErrors, runConfigSchema } from "@/lib/protocol";
import { missingRuns } from "@/lib/sweep";
import type { Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";

export const addLearningRatesInput = z.strictObject({
  id: z.uuid(),
  /** A run of the curve that needs more learning rates. */
  likeRunId: z.uuid(),
  learningRates: z.array(z.number().positive().max(1e30)).min(1).max(20),
});

/** The run that more learning rates are asked for, and the runs at those rates that are not there yet. */
export async function additions(ctx: Context, input: z.output<typeof addLearningRatesInput>) {
  const siblings = await ctx.db
    .select({ id: runs.id, config: runs.config, state: runs.state })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.sweepId, input.id)));
  const like = siblings.find((r) => r.id === input.likeRunId);
  if (!like) throw notFound("run", input.likeRunId);
  const base = runConfigSchema.safeParse(like.config);
  if (!base.success)
    throw new EtalonError(
      "conflict",
      `the run's config cannot be trained: ${configErrors(base.error, like.config)[0]}`,
    );
  // What failed or was canceled has no result and gets none: it may be asked for again.
  const present = siblings
    .filter((r) => r.state !== "failed" && r.state !== "canceled")
    .flatMap((r) => runConfigSchema.safeParse(r.config).data ?? []);
  return { base: base.data, fresh: missingRuns(base.data, present, input.learningRates) };
}
