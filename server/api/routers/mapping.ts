import { z } from "zod";
import { getMapping, mappingInput, previewMapping, saveMapping } from "@/server/services/mapping";
import { router, teamProcedure } from "../trpc";

const change = z.object({ change: mappingInput });

export const mappingRouter = router({
  get: teamProcedure.input(z.object({ project: z.string() })).query(({ ctx, input }) => getMapping(ctx.verb, input)),
  preview: teamProcedure.input(change).query(({ ctx, input }) => previewMapping(ctx.verb, input.change)),
  save: teamProcedure.input(change).mutation(({ ctx, input }) => saveMapping(ctx.verb, input.change)),
});
