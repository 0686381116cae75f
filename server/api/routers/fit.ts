import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  fitPoints,
  getFit,
  listFits,
  saveFit,
  saveFitInput,
  scheduleLawInput,
  scheduleLawOf,
  stepsToLossInput,
  stepsToLossOf,
  unfinishedRuns,
} from "@/server/services/fit";
import { router, teamProcedure } from "../trpc";

export const fitRouter = router({
  list: teamProcedure.input(z.object({ project: z.string() })).query(({ ctx, input }) => listFits(ctx.verb, input)),
  points: teamProcedure.input(z.object({ project: z.string() })).query(({ ctx, input }) => fitPoints(ctx.verb, input)),
  unfinished: teamProcedure
    .input(z.object({ project: z.string(), open: z.boolean().optional() }))
    .query(({ ctx, input }) => unfinishedRuns(ctx.verb, input)),
  get: teamProcedure.input(z.object({ id: z.uuid() })).query(({ ctx, input }) => getFit(ctx.verb, input)),
  stepsToLoss: teamProcedure
    .input(z.object({ of: ofVerb(stepsToLossInput) }))
    .query(({ ctx, input }) => stepsToLossOf(ctx.verb, input.of)),
  scheduleLaw: teamProcedure
    .input(z.object({ of: ofVerb(scheduleLawInput) }))
    .query(({ ctx, input }) => scheduleLawOf(ctx.verb, input.of)),
  save: teamProcedure
    .input(z.object({ fit: ofVerb(saveFitInput) }))
    .mutation(({ ctx, input }) => saveFit(ctx.verb, input.fit)),
});
