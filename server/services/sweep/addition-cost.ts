import { and, eq, isNull, sql } from "drizzle-orm";
import type { z } from "zod";
import { sweeps, workers } from "@/db/schema";
import { LEASE_SECONDS } from "@/lib/protocol";
import { costTokens, speedAt } from "@/lib/sweep";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { additions, addLearningRatesInput } from "./additions";

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
  const online = await ctx.db
    .select({ slots: workers.slots, tokensPerS: workers.tokensPerS })
    .from(workers)
    .where(
      and(
        eq(workers.teamId, ctx.teamId),
        isNull(workers.stoppedAt),
        sql`${workers.lastSeenAt} > now() - make_interval(secs => ${LEASE_SECONDS})`,
      ),
    );
  const slots = online.reduce((n, w) => n + w.slots, 0);
  const tokens = fresh.reduce((sum, c) => sum + costTokens([c]), 0);
  const width = fresh[0]?.model.width;
  const together = online.reduce((sum, w) => sum + w.slots * speedAt(w.tokensPerS, width ?? 1), 0);
  const speed = width !== undefined && slots > 0 ? together / slots : Number.POSITIVE_INFINITY;
  const seconds = slots > 0 && Number.isFinite(speed) ? tokens / speed / Math.min(slots, fresh.length || 1) : null;
  return { learningRates: fresh.map((c) => c.schedule.peakLr), runs: fresh.length, tokens, seconds };
}
