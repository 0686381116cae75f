import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import { runs } from "@/db/schema";
import { writeJson } from "@/lib/json";
import type { updateRunSchema } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "../event";
import { mapOnArrival } from "../mapping";

/** Changes what is given: config keys are added or replaced, tags and name replaced, dimensions set. */
export async function updateRun(ctx: Context, input: z.output<typeof updateRunSchema> & { runId: string }) {
  authorise(ctx, "write");
  const { runId, config, dimensions, ...set } = input;
  const row = await ctx.db.transaction(async (tx) => {
    const [changed] = await tx
      .update(runs)
      .set({
        ...set,
        ...dimensions,
        ...(dimensions && { reported: sql`${runs.reported} || ${writeJson(dimensions)}::jsonb` }),
        ...(config && { config: sql`${runs.config} || ${writeJson(config)}::jsonb` }),
        updatedAt: ctx.now(),
      })
      .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)))
      .returning({ id: runs.id, projectId: runs.projectId, name: runs.name, tags: runs.tags, config: runs.config });
    if (!changed) throw notFound("run", runId);
    if (config || dimensions) await mapOnArrival({ ...ctx, db: tx }, changed);
    return changed;
  });
  await announce(ctx.db, [{ teamId: ctx.teamId, projectId: row.projectId, kind: "run", id: runId }]);
  return { id: row.id, name: row.name, tags: row.tags, config: row.config };
}

/** A sign of life without points. A run that was given up for dead is running again. */
export async function heartbeatRun(ctx: Context, input: { runId: string }) {
  authorise(ctx, "ingest");
  const now = ctx.now();
  const [row] = await ctx.db
    .update(runs)
    .set({
      lastSeenAt: now,
      state: sql`case when ${runs.state} in ('queued', 'crashed') then 'running' else ${runs.state} end`,
      startedAt: sql`coalesce(${runs.startedAt}, ${now.toISOString()})`,
    })
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, input.runId)))
    .returning({ state: runs.state });
  if (!row) throw notFound("run", input.runId);
  return { state: row.state };
}
