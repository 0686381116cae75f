import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import { sweeps } from "@/db/schema";
import { jobsOf } from "@/lib/sweep";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { costOf } from "./cost";
import { absentOf, proposedRunsInput } from "./proposed";

/**
 * What queueing proposed runs would cost: those that are not there yet, their tokens and the time on the workers now
 * online.
 */
export async function proposedCost(ctx: Context, input: z.input<typeof proposedRunsInput>) {
  authorise(ctx, "read");
  const proposed = proposedRunsInput.parse(input);
  const [sweep] = await ctx.db
    .select({ projectId: sweeps.projectId, space: sweeps.space })
    .from(sweeps)
    .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.id, proposed.id)));
  if (!sweep) throw notFound("sweep", proposed.id);
  const fresh = await absentOf(ctx, sweep, proposed);
  return costOf(ctx, jobsOf(fresh));
}
