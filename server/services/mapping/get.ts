import { and, eq, inArray } from "drizzle-orm";
import { projectMappings, runs } from "@/db/schema";
import { configNames, guessMapping, type Mapping, RECIPE_IGNORED, readMapping } from "@/lib/mapping";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";
import type { Rules } from "./apply";

const LOOKED_AT = 200;

/** The project's mapping, the config keys that its foreign runs have, and a first guess from these. */
export async function getMapping(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const sample = await ctx.db
    .select({ config: runs.config })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, project.id), inArray(runs.source, ["api", "import"])))
    .limit(LOOKED_AT);
  const names = [...new Set(sample.flatMap(({ config }) => configNames(config)))].sort();
  const mapping = await storedMapping(ctx, project.id);
  return { mapping: mapping ?? {}, isSaved: mapping !== null, names, guess: guessMapping(names) };
}

export async function storedMapping(ctx: Context, projectId: string): Promise<Mapping | null> {
  return (await storedRules(ctx, projectId)).mapping;
}

/** How the configs of a project's runs are read. With `hold`, who saves others waits for the end of the transaction. */
export async function storedRules(ctx: Context, projectId: string, hold?: "hold"): Promise<Rules> {
  const query = ctx.db
    .select()
    .from(projectMappings)
    .where(and(eq(projectMappings.teamId, ctx.teamId), eq(projectMappings.projectId, projectId)));
  const [row] = await (hold ? query.for("share") : query);
  return rulesOf(row);
}

export function rulesOf(row?: Pick<typeof projectMappings.$inferSelect, "mapping" | "recipeIgnored">): Rules {
  return { mapping: row?.mapping ? readMapping(row.mapping) : null, ignored: row?.recipeIgnored ?? RECIPE_IGNORED };
}
