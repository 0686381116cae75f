import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import { sweeps } from "@/db/schema";
import { jobsOf } from "@/lib/sweep";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { additions, addLearningRatesInput } from "./additions";
import { costOf } from "./cost";

/**
 * What queueing further learning rates would cost: the runs that are not there yet, their tokens, and the time on the
 * workers now online.
 */
export async function additionCost(ctx: Context, input: z.input<typeof addLearningRatesInput>) {
  authorise(ctx, "read");
  const add = addLearningRatesInput.parse(input);
  const [sweep] = await ctx.db
    .select({ id: sweeps.id })
    .from(sweeps)
    .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.id, add.id)));
  if (!sweep) throw notFound("sweep", add.id);
  const { fresh } = await additions(ctx, add);
  return { learningRates: fresh.map((c) => c.schedule.peakLr), ...(await costOf(ctx, jobsOf(fresh))) };
}
