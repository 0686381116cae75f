import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import { runs } from "@/db/schema";
import { writeJson } from "@/lib/json";
import type { updateRunSchema } from "@/lib/protocol";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { authoriseIngest } from "../job";
import { writeMapped } from "../mapping/internal";

type Update = z.output<typeof updateRunSchema> & { runId: string };

/** Changes what is given: config keys are added or replaced, tags and name replaced, dimensions set. */
export async function updateRun(ctx: Context, input: Update) {
  authorise(ctx, "write");
  // Programs change their own runs thousands of times; a run says itself who made it.
  if (ctx.actor.kind !== "user") return changed(ctx, input);
  const { runId, ...detail } = input;
  return inTransaction(ctx, async (ctx) => {
    const run = await changed(ctx, input);
    await recordAudit(ctx, { action: "run.update", subject: runId, detail });
    return run;
  });
}

async function changed(ctx: Context, input: Update) {
  const { runId, config, dimensions, ...set } = input;
  await requireOwnConfig(ctx, input);
  const [known] = await ctx.db
    .select({ projectId: runs.projectId })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
  if (!known) throw notFound("run", runId);
  const row = await writeMapped(ctx, known.projectId, { config: config !== undefined }, async (db) => {
    const [row] = await db
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
    if (!row) throw notFound("run", runId);
    return row;
  });
  await announce(ctx, [{ projectId: row.projectId, kind: "run", id: runId }]);
  return { id: row.id, name: row.name, tags: row.tags, config: row.config };
}

/** What Etalon's trainer trains is what the config says: both, and the dimensions made from it, must go on agreeing. */
async function requireOwnConfig(ctx: Context, input: Update) {
  const fields = (["config", "dimensions"] as const).filter((field) => input[field] !== undefined);
  if (fields.length === 0) return;
  const [run] = await ctx.db
    .select({ source: runs.source })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, input.runId)));
  if (run?.source !== "trainer") return;
  const message = "is what the run was queued and trained with and cannot be changed; name and tags can";
  throw new EtalonError(
    "invalid",
    `${fields.join(" and ")} of a run of a sweep cannot be changed; queue a new run instead`,
    fields.map((field) => ({ field, message: `${field} ${message}` })),
  );
}

/** A sign of life without points. A run that was given up for dead is running again. */
export async function heartbeatRun(ctx: Context, input: { runId: string }) {
  await authoriseIngest(ctx, input.runId);
  const [row] = await ctx.db
    .update(runs)
    .set({
      lastSeenAt: sql`now()`,
      error: sql`case when ${runs.state} = 'crashed' then null else ${runs.error} end`,
      state: sql`case when ${runs.state} in ('queued', 'crashed') then 'running' else ${runs.state} end`,
      finishedAt: sql`case when ${runs.state} = 'crashed' then null else ${runs.finishedAt} end`,
      sealed: sql`case when ${runs.state} = 'crashed' then false else ${runs.sealed} end`,
      startedAt: sql`coalesce(${runs.startedAt}, now())`,
    })
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, input.runId)))
    .returning({ state: runs.state });
  if (!row) throw notFound("run", input.runId);
  return { state: row.state };
}
