import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  additionCost,
  addLearningRates,
  addLearningRatesInput,
  createSweep,
  createSweepInput,
  getSweep,
  listSweeps,
  proposedCost,
  proposedRunsInput,
  queueProposed,
  setSweepState,
} from "@/server/services/sweep";
import { router, teamProcedure } from "../trpc";

export const sweepRouter = router({
  list: teamProcedure.input(z.object({ project: z.string() })).query(({ ctx, input }) => listSweeps(ctx.verb, input)),
  get: teamProcedure.input(z.object({ id: z.uuid() })).query(({ ctx, input }) => getSweep(ctx.verb, input)),
  create: teamProcedure
    .input(z.object({ sweep: ofVerb(createSweepInput) }))
    .mutation(({ ctx, input }) => createSweep(ctx.verb, input.sweep)),
  additionCost: teamProcedure
    .input(z.object({ add: ofVerb(addLearningRatesInput) }))
    .query(({ ctx, input }) => additionCost(ctx.verb, input.add)),
  addLearningRates: teamProcedure
    .input(z.object({ add: ofVerb(addLearningRatesInput) }))
    .mutation(({ ctx, input }) => addLearningRates(ctx.verb, input.add)),
  proposedCost: teamProcedure
    .input(z.object({ add: ofVerb(proposedRunsInput) }))
    .query(({ ctx, input }) => proposedCost(ctx.verb, input.add)),
  queueProposed: teamProcedure
    .input(z.object({ add: ofVerb(proposedRunsInput) }))
    .mutation(({ ctx, input }) => queueProposed(ctx.verb, input.add)),
  setState: teamProcedure
    .input(z.object({ id: z.uuid(), to: z.enum(["paused", "running", "canceled"]) }))
    .mutation(({ ctx, input }) => setSweepState(ctx.verb, input)),
});
