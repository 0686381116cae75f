import { and, eq, isNull, sql } from "drizzle-orm";
import type { z } from "zod";
import { runs, sweeps, workers } from "@/db/schema";
import { configErrors, LEASE_SECONDS, type RunConfig, runConfigSchema, trunkKey } from "@/lib/protocol";
import { costTokens, speedAt } from "@/lib/sweep";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import type { addLearningRatesInput } from "./add-learning-rates";

/** What queueing further learning rates would cost: the runs that are not there yet, their tokens, and the time on the workers now online. */
export async function additionCost(ctx: Context, input: z.input<typeof addLearningRatesInput>) {
  authorise(ctx, "read");
  const [sweep] = await ctx.db
    .select({ id: sweeps.id })
    .from(sweeps)
    .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.id, input.id)));
  if (!sweep) throw notFound("sweep", input.id);
  const { fresh } = await additions(ctx, input);
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

/** The run that more learning rates are asked for, and the runs at those rates that are not there yet. */
export async function additions(ctx: Context, input: z.input<typeof addLearningRatesInput>) {
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

/** Runs like `base` at the given rates, each once, without those that are there already. */
function missingRuns(base: RunConfig, present: readonly RunConfig[], learningRates: readonly number[]): RunConfig[] {
  const known = new Set(present.map((c) => `${trunkKey(c)}@${c.tokens}`));
  return [...new Set(learningRates)]
    .map((peakLr): RunConfig => ({ ...base, schedule: { ...base.schedule, peakLr } }))
    .filter((c) => !known.has(`${trunkKey(c)}@${c.tokens}`));
}
