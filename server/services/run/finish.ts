import { and, eq, inArray, sql } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import { z } from "zod";
import { runs } from "@/db/schema";
import type { FinishRun } from "@/lib/protocol";
import { firstQuartile } from "@/lib/series";
import type { Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { metricsOf, readPoints } from "@/server/store";
import { inTransaction } from "@/server/transaction";
import { authoriseIngest } from "../job";
import { endJobOfRun } from "../job/internal";
import { storedMapping, writeMapped } from "../mapping/internal";
import { askForChecks, tellEnd } from "../notification/internal";

const TRAINING_LOSS = "train/loss";
/** What a final loss is taken of, its last value, where a program ends its run without one. */
const HELD_OUT_LOSS = "val/loss";
const OPEN = ["queued", "running", "crashed"] as const;

/**
 * Ends a run with its result. A run that was canceled stays canceled. Ending a run again overwrites nothing. A run that
 * finished without a final loss takes the last value of its val/loss; without that it has none.
 */
export async function finishRun(ctx: Context, input: FinishRun & { runId: string }) {
  const { runId, provenance, ...result } = input;
  await authoriseIngest(ctx, runId);
  const [run] = await ctx.db
    .select({
      ...{ state: runs.state, projectId: runs.projectId, source: runs.source, jobId: runs.jobId },
      finishedAt: runs.finishedAt,
    })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
  if (!run) throw notFound("run", runId);
  const now = ctx.now();
  // Before the run ends, so that what is derived of its points is stored with its end or not at all.
  const taken = result.state === "finished" && result.finalLoss === null ? await lastHeldOut(ctx, run, runId) : null;
  const finalLoss = result.finalLoss ?? taken;
  const diverged = result.diverged || (finalLoss !== null && !Number.isFinite(finalLoss));
  const source = taken === null ? {} : { lossMetric: HELD_OUT_LOSS, lossTaken: "last" };
  const reported = { finalLoss, trainTailLoss: result.trainTailLoss, ...(diverged && { diverged }), ...source };
  const trainLossQuartile = await quartile(ctx, runId);
  // What the config says of the loss stands where the program reported none.
  const values = {
    ...result,
    ...known(reported),
    diverged,
    // What an earlier end of the same run said is no longer true.
    reported: sql`(${runs.reported} - '{finalLoss,trainTailLoss,diverged}'::text[]) || ${JSON.stringify(known(namedReals(reported)))}::jsonb`,
    trainLossQuartile,
    finishedAt: now,
    updatedAt: now,
    ...(provenance && { provenance }),
    ...dataOf(run, provenance),
  };
  const ended = await storeEnd(ctx, { id: runId, projectId: run.projectId, since: run.finishedAt ?? now, values });
  if (!ended) return { state: run.state, changed: false };
  if (run.jobId) await endJobOfRun(ctx, run.jobId);
  await announce(ctx, [{ projectId: run.projectId, kind: "run", id: runId }]);
  return { state: ended.state, changed: true };
}

type Ended = Pick<typeof runs.$inferSelect, "id" | "state" | "diverged" | "error">;

/** Stores the end of an open run, and tells of it, both or neither; undefined where the run is no longer open. */
function storeEnd(
  ctx: Context,
  of: { id: string; projectId: string; since: Date; values: PgUpdateSetSource<typeof runs> },
): Promise<Ended | undefined> {
  const { id, projectId, since, values } = of;
  return inTransaction(ctx, async (ctx) => {
    const ended = await writeMapped(ctx, projectId, { config: false }, async (db) => {
      const [row] = await db
        .update(runs)
        .set(values)
        .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, id), inArray(runs.state, OPEN)))
        .returning({ id: runs.id, state: runs.state, diverged: runs.diverged, error: runs.error });
      return row;
    });
    if (!ended) return;
    const { state, diverged } = ended;
    if (state === "failed" || state === "crashed" || (diverged && state === "finished"))
      await tellEnd(ctx, { ...ended, projectId, since });
    if (state === "finished" || diverged) await askForChecks(ctx, projectId);
    return ended;
  });
}

const preparedSchema = z.object({ data: z.object({ source: z.string().max(400), content: z.string().max(64) }) });

/**
 * A folder may hold other texts tomorrow: what a run was trained on is told apart by what they say, not by their path.
 */
function dataOf(run: { source: string }, provenance: FinishRun["provenance"]): { data?: string } {
  const prepared = preparedSchema.safeParse(provenance);
  if (run.source !== "trainer" || !prepared.success) return {};
  const { source, content } = prepared.data.data;
  return source.startsWith("/") ? { data: `${source}@${content}` } : {};
}

/** The first quartile of the run's own training loss, above which a final loss at a high rate counts as divergence. */
async function quartile(ctx: Context, runId: string): Promise<number | null> {
  return firstQuartile(await valuesOf(ctx, runId, TRAINING_LOSS));
}

async function lastHeldOut(ctx: Context, run: { projectId: string }, runId: string): Promise<number | null> {
  // the team has said where it stands
  if ((await storedMapping(ctx, run.projectId))?.finalLoss !== undefined) return null;
  return (await valuesOf(ctx, runId, HELD_OUT_LOSS)).at(-1) ?? null;
}

async function valuesOf(ctx: Context, runId: string, metric: string): Promise<Float64Array> {
  const named = await metricsOf(ctx, { runIds: [runId], metric });
  return (await readPoints(ctx.sql, named)).get(runId)?.values ?? new Float64Array(0);
}

function known<T extends Record<string, unknown>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== null)) as Partial<T>;
}

/** JSON has no word for NaN and the infinities: they are kept as text. */
function namedReals(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([k, v]) => [k, typeof v === "number" && !Number.isFinite(v) ? String(v) : v]),
  );
}
