import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
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

export const mappingRouter = router({
  get: teamProcedure.input(project).query(({ ctx, input }) => getMapping(ctx.verb, input)),
  preview: teamProcedure
    .input(z.object({ change: ofVerb(mappingInput) }))
    .query(({ ctx, input }) => previewMapping(ctx.verb, input.change)),
  save: teamProcedure
    .input(z.object({ change: ofVerb(mappingInput) }))
    .mutation(({ ctx, input }) => saveMapping(ctx.verb, input.change)),
  recipes: teamProcedure.input(project).query(({ ctx, input }) => getRecipes(ctx.verb, input)),
  saveIgnored: teamProcedure
    .input(z.object({ change: ofVerb(ignoredInput) }))
    .mutation(({ ctx, input }) => saveRecipeIgnored(ctx.verb, input.change)),
});
