import { z } from "zod";
import { projectMappings } from "@/db/schema";
import { fieldCalled, readMapping } from "@/lib/mapping";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";
import { deriveAll } from "./derive";
import { rulesOf } from "./get";

export const mappingInput = z.strictObject({
  project: z.string(),
  mapping: z
    .record(z.string(), z.string().trim().min(1).max(1_000))
    .refine((m) => Object.keys(m).every((name) => fieldCalled(name) !== null), {
      message: "has a key that is no dimension",
    })
    .transform(readMapping),
});

/**
 * Keeps the project's mapping and derives the dimensions of all its foreign runs by it; later runs follow on arrival.
 */
export async function saveMapping(ctx: Context, input: z.input<typeof mappingInput>) {
  authorise(ctx, "write");
  const { project, mapping } = mappingInput.parse(input);
  return saveRules(ctx, project, { mapping }, "mapping.save");
}

export const ignoredInput = z.strictObject({
  project: z.string(),
  /** Patterns of keys; null is the list that every project begins with. */
  ignored: z.array(z.string().trim().min(1).max(200)).max(500).nullable(),
});

/** Keeps which keys of configs are no part of a recipe, and names the recipes of all runs anew. */
export async function saveRecipeIgnored(ctx: Context, input: z.input<typeof ignoredInput>) {
  authorise(ctx, "write");
  const { project, ignored } = ignoredInput.parse(input);
  return saveRules(ctx, project, { recipeIgnored: ignored && [...new Set(ignored)] }, "recipe.ignore");
}

type Saved = Partial<Pick<typeof projectMappings.$inferInsert, "mapping" | "recipeIgnored">>;

async function saveRules(ctx: Context, slug: string, saved: Saved, action: "mapping.save" | "recipe.ignore") {
  const project = await resolveProject(ctx, slug);
  const set = { ...saved, updatedBy: userOf(ctx), updatedAt: ctx.now(), applied: false };
  const row = await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .insert(projectMappings)
      .values({ projectId: project.id, teamId: ctx.teamId, ...set })
      .onConflictDoUpdate({ target: projectMappings.projectId, set })
      .returning();
    await recordAudit(ctx, { action, subject: project.id, detail: saved });
    return row!;
  });
  return { runs: await deriveAll(ctx, project.id, rulesOf(row), set.updatedAt) };
}
