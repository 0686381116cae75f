import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import { runs } from "@/db/schema";
import { type createRunSchema, LIMITS } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { announce } from "@/server/event";
import { nextStepOf } from "@/server/store";
import { writeMapped } from "../mapping/internal";
import { resolveOrMakeProject } from "../project/internal";

/**
 * Creates a run that another program trains, or resumes the one with the same client-chosen id. `nextStep` follows the
 * last step that the run has, of whatever metric: where a program that counts its steps itself goes on.
 */
export async function createRun(ctx: Context, input: z.output<typeof createRunSchema>) {
  authorise(ctx, "write");
  const project = await resolveOrMakeProject(ctx, input.project);
  await requireRoom(ctx, project.id);
  const now = ctx.now();
  const values = {
    teamId: ctx.teamId,
    projectId: project.id,
    externalId: input.id ?? null,
    name: input.name ?? input.id ?? `run ${now.toISOString().slice(0, 19)}`,
    state: "running" as const,
    source: "api",
    config: input.config,
    tags: input.tags ?? [],
    notes: input.notes ?? "",
    ...input.dimensions,
    reported: input.dimensions,
    createdAt: now,
    startedAt: now,
    updatedAt: now,
  };
  const row = await writeMapped(ctx, project.id, { config: Object.keys(input.config).length > 0 }, async (db) => {
    const [made] = await db
      .insert(runs)
      .values(values)
      .onConflictDoUpdate({
        target: [runs.projectId, runs.externalId],
        set: {
          state: "running",
          finishedAt: null,
          sealed: false,
          error: null,
          updatedAt: now,
          config: sql`${runs.config} || excluded.config`,
          ...input.dimensions,
          reported: sql`${runs.reported} || excluded.reported`,
        },
        setWhere: and(eq(runs.teamId, ctx.teamId)),
      })
      .returning({ id: runs.id, createdAt: runs.createdAt });
    return made!;
  });
  await announce(ctx, [{ projectId: project.id, kind: "run", id: row.id }]);
  const resumed = row.createdAt.getTime() !== now.getTime();
  return { id: row.id, resumed, nextStep: resumed ? await nextStepOf(ctx.sql, row.id) : 0 };
}

const counted = new Map<string, { runs: number; until: number }>();
const COUNT_FOR_MS = 60_000;

/** Counting a million rows for every new run would be slow: each process counts once a minute and adds its own. */
async function requireRoom(ctx: Context, projectId: string): Promise<void> {
  let known = counted.get(projectId);
  if (!known || known.until < Date.now() || known.runs >= LIMITS.projectRuns) {
    const [row] = await ctx.db
      .select({ n: sql<number>`count(*)`.mapWith(Number) })
      .from(runs)
      .where(eq(runs.projectId, projectId));
    known = { runs: row!.n, until: Date.now() + COUNT_FOR_MS };
    if (counted.size > 1_000) counted.clear();
    counted.set(projectId, known);
  }
  if (known.runs >= LIMITS.projectRuns) {
    const message = `a project may have ${LIMITS.projectRuns} runs; delete some or use another project`;
    throw new EtalonError("invalid", message, [{ field: "project", message }]);
  }
  known.runs++;
}
