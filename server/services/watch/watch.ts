import { and, count, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { projects, recommendations, runs, sweeps, watches } from "@/db/schema";
import { SUBJECT_KINDS, type SubjectKind } from "@/lib/notification";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";

export const watchedInput = z.strictObject({ kind: z.enum(SUBJECT_KINDS), id: z.uuid() });
export const setWatchInput = watchedInput.extend({ watching: z.boolean() });

/** Whether the reader watches it, and how many do. */
export async function getWatch(ctx: Context, input: z.input<typeof watchedInput>) {
  authorise(ctx, "read");
  const { kind, id } = watchedInput.parse(input);
  await projectOf(ctx, kind, id);
  return watchersOf(ctx, id);
}

/** Watches it, or no longer; watching again says that everything up to now was seen. */
export async function setWatch(ctx: Context, input: z.input<typeof setWatchInput>) {
  authorise(ctx, "read");
  const { kind, id, watching } = setWatchInput.parse(input);
  if (ctx.actor.kind !== "user") throw new EtalonError("forbidden", `only a person can watch a ${kind}`);
  const { userId } = ctx.actor;
  const projectId = await projectOf(ctx, kind, id);
  const seenAt = ctx.now();
  if (watching) {
    const subject = {
      sweep: { sweepId: id },
      run: { runId: id },
      recommendation: { recommendationId: id },
      project: {},
    };
    await ctx.db
      .insert(watches)
      .values({ teamId: ctx.teamId, userId, subjectId: id, projectId, ...subject[kind], seenAt })
      .onConflictDoUpdate({ target: [watches.userId, watches.subjectId], set: { seenAt } });
  } else {
    await ctx.db
      .delete(watches)
      .where(and(eq(watches.teamId, ctx.teamId), eq(watches.userId, userId), eq(watches.subjectId, id)));
  }
  return watchersOf(ctx, id);
}

async function watchersOf(ctx: Context, id: string): Promise<{ watchers: number; watching: boolean }> {
  const [row] = await ctx.db
    .select({ watchers: count(), watching: sql<boolean>`coalesce(bool_or(${watches.userId} = ${userOf(ctx)}), false)` })
    .from(watches)
    .where(and(eq(watches.teamId, ctx.teamId), eq(watches.subjectId, id)));
  return row!;
}

/** The project that it is, or lies in. Errors: `not_found` where the team has none. */
async function projectOf(ctx: Context, kind: SubjectKind, id: string): Promise<string> {
  const table = { sweep: sweeps, run: runs, recommendation: recommendations };
  if (kind === "project") {
    const own = and(eq(projects.teamId, ctx.teamId), eq(projects.id, id));
    const [row] = await ctx.db.select({ id: projects.id }).from(projects).where(own);
    if (row) return row.id;
    throw notFound(kind, id);
  }
  const of = table[kind];
  const [row] = await ctx.db
    .select({ projectId: of.projectId })
    .from(of)
    .where(and(eq(of.teamId, ctx.teamId), eq(of.id, id)));
  if (!row) throw notFound(kind, id);
  return row.projectId;
}
