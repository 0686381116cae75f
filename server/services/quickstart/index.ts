import { eq } from "drizzle-orm";
import { oneAtATime } from "@/db/one-at-a-time";
import { projects } from "@/db/schema";
import type { Context } from "@/server/context";
import { createProject } from "../project";
import { createSweep } from "../sweep";

export const QUICKSTART_PROJECT = "quickstart";

/** On a team without projects: a project and a sweep that waits for the first worker's measured speed. */
export function createQuickstart(ctx: Context): Promise<void> {
  return oneAtATime(ctx.sql, `etalon quickstart ${ctx.teamId}`, () => createUnlessThere(ctx));
}

async function createUnlessThere(ctx: Context): Promise<void> {
  const known = await ctx.db.select({ id: projects.id }).from(projects).where(eq(projects.teamId, ctx.teamId)).limit(1);
  if (known.length > 0) return;
  await createProject(ctx, {
    name: "Quickstart",
    slug: QUICKSTART_PROJECT,
    question:
      "How does the best learning rate of a small language model move with batch size, training tokens and model size?",
  });
  await createSweep(ctx, { project: QUICKSTART_PROJECT, name: "Quickstart sweep" });
}
