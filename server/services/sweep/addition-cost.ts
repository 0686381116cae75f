import { and, eq, isNull, sql } from "drizzle-orm";
import type { z } from "zod";
import { runs, sweeps, workers } from "@/db/schema";
import { LEASE_SECONDS, type RunConfig, runConfigSchema, trunkKey } from "@/lib/protocol";
import { costTokens, speedAt } from "@/lib/sweep";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import type { addLearningRatesInput } from "./add-learning-rates";

/** What queueing further learning rates would cost: the runs that are not there yet, their tokens, and the time on the workers now online. */
export async function additionCost(ctx: Context, input: z.input<typeof addLearningRatesInput>) {
  authorise(ctx, "read");
  const [sweep] = await ctx.db
    .select({ id: sweeps.id })
    .from(sweeps)
    .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.id, input.id)));
  if (!sweep) throw notFound("sweep", input.id);
  const siblings = await ctx.db
    .select({ id: runs.id, config: runs.config })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.sweepId, input.id)));
  const like = siblings.find((r) => r.id === input.likeRunId);
  if (!like) throw notFound("run", input.likeRunId);
  const fresh = missingRuns(
    runConfigSchema.parse(like.config),
    siblings.map((r) => runConfigSchema.parse(r.config)),
    input.learningRates,
  );
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
  const speed = fresh[0] && online[0] ? speedAt(online[0].tokensPerS, fresh[0].model.width) : Number.POSITIVE_INFINITY;
  const seconds = slots > 0 && Number.isFinite(speed) ? tokens / speed / Math.min(slots, fresh.length || 1) : null;
  return { learningRates: fresh.map((c) => c.schedule.peakLr), runs: fresh.length, tokens, seconds };
}

/** Runs like `base` at the given rates, without those that are there already. */
export function missingRuns(
  base: RunConfig,
  present: readonly RunConfig[],
  learningRates: readonly number[],
): RunConfig[] {
  const known = new Set(present.map((c) => `${trunkKey(c)}@${c.tokens}`));
  return learningRates
    .map((peakLr): RunConfig => ({ ...base, schedule: { ...base.schedule, peakLr } }))
    .filter((c) => !known.has(`${trunkKey(c)}@${c.tokens}`));
}
