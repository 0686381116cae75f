import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import { runs } from "@/db/schema";
import type { createRunSchema } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { announce } from "../event";
import { mapOnArrival } from "../mapping";
import { resolveProject } from "../project";

/** Creates a run that another program trains, or resumes the one with the same client-chosen id. */
export async function createRun(ctx: Context, input: z.output<typeof createRunSchema>) {
  authorise(ctx, "write");
  const project = await resolveProject(ctx, input.project);
  const now = ctx.now();
  const values = {
    teamId: ctx.teamId,
    projectId: project.id,
    externalId: input.id ?? null,
    name: input.name ?? input.id ?? `run ${now.toISOString().slice(0, 19)}`,
    state: "running" as const,
    source: "api",
    config: input.config,
    ...input.dimensions,
    createdAt: now,
    startedAt: now,
    updatedAt: now,
  };
  const [row] = await ctx.db
    .insert(runs)
    .values(values)
    .onConflictDoUpdate({
      target: [runs.projectId, runs.externalId],
      set: {
        state: "running",
        finishedAt: null,
        error: null,
        updatedAt: now,
        config: sql`${runs.config} || excluded.config`,
      },
      setWhere: and(eq(runs.teamId, ctx.teamId)),
    })
    .returning({ id: runs.id, createdAt: runs.createdAt });
  await mapOnArrival(ctx, { id: row!.id, projectId: project.id });
  await announce(ctx.db, [{ teamId: ctx.teamId, projectId: project.id, kind: "run", id: row!.id }]);
  return { id: row!.id, resumed: row!.createdAt.getTime() !== now.getTime() };
}
