import { z } from "zod";
import {
  getMapping,
  getRecipes,
  ignoredInput,
  mappingInput,
  previewMapping,
  saveMapping,
  saveRecipeIgnored,
} from "@/server/services/mapping";
import { router, teamProcedure } from "../trpc";

const project = z.object({ project: z.string() });
const change = z.object({ change: mappingInput });

export const mappingRouter = router({
  get: teamProcedure.input(project).query(({ ctx, input }) => getMapping(ctx.verb, input)),
  preview: teamProcedure.input(change).query(({ ctx, input }) => previewMapping(ctx.verb, input.change)),
  save: teamProcedure.input(change).mutation(({ ctx, input }) => saveMapping(ctx.verb, input.change)),
  recipes: teamProcedure.input(project).query(({ ctx, input }) => getRecipes(ctx.verb, input)),
  saveIgnored: teamProcedure
    .input(z.object({ change: ignoredInput }))
    .mutation(({ ctx, input }) => saveRecipeIgnored(ctx.verb, input.change)),
});
