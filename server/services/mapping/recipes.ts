import { and, count, desc, eq, inArray, isNotNull, min, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { RECIPE_IGNORED, recipeDifferences, recipeOf } from "@/lib/mapping";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";
import { storedRules } from "./get";

const COMPARED = 20;

/**
 * The recipes of a project's runs, the most frequent first, and the keys in which they differ, with the value of each
 * as JSON. `count` is that of all recipes, of which some are listed; `unknown` counts the runs that have none.
 */
export async function getRecipes(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rules = await storedRules(ctx, project.id);
  const ofProject = and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, project.id));
  const [all] = await ctx.db
    .select({
      count: sql<number>`count(distinct ${runs.recipe})::int`,
      unknown: sql<number>`count(*) filter (where ${runs.recipe} is null)::int`,
    })
    .from(runs)
    .where(ofProject);
  const listed = await ctx.db
    .select({ recipe: sql<string>`${runs.recipe}`, runs: count(), example: sql<string>`${min(sql`${runs.id}::text`)}` })
    .from(runs)
    .where(and(ofProject, isNotNull(runs.recipe)))
    .groupBy(runs.recipe)
    .orderBy(desc(count()), runs.recipe)
    .limit(COMPARED);
  const configs = await ctx.db
    .select({ id: runs.id, source: runs.source, config: runs.config, peakLr: runs.peakLr })
    .from(runs)
    .where(
      and(
        ofProject,
        inArray(
          runs.id,
          listed.map((r) => r.example),
        ),
      ),
    );
  const known = listed.map(({ example }) => {
    const run = configs.find((c) => c.id === example);
    return (
      (run &&
        recipeOf(run.config, {
          ...rules,
          mapping: rules.mapping ?? {},
          own: run.source === "trainer",
          peakLr: run.peakLr,
        })) ??
      []
    );
  });
  return {
    ignored: [...rules.ignored],
    begunWith: [...RECIPE_IGNORED],
    ...all!,
    recipes: listed.map(({ recipe, runs }) => ({ recipe, runs })),
    differences: recipeDifferences(known),
  };
}
