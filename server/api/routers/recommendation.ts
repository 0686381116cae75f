import { z } from "zod";
import {
  createRecommendation,
  createRecommendationInput,
  getRecommendation,
  listRecommendations,
  publishRecommendation,
  withdrawRecommendation,
} from "@/server/services/recommendation";
import { router, teamProcedure } from "../trpc";

const byId = z.object({ id: z.uuid() });

export const recommendationRouter = router({
  list: teamProcedure
    .input(z.object({ project: z.string().optional() }))
    .query(({ ctx, input }) => listRecommendations(ctx.verb, input)),
  get: teamProcedure.input(byId).query(({ ctx, input }) => getRecommendation(ctx.verb, input)),
  create: teamProcedure
    .input(z.object({ recommendation: createRecommendationInput }))
    .mutation(({ ctx, input }) => createRecommendation(ctx.verb, input.recommendation)),
  publish: teamProcedure.input(byId).mutation(({ ctx, input }) => publishRecommendation(ctx.verb, input)),
  withdraw: teamProcedure
    .input(byId.extend({ reason: z.string().max(1_000).default("") }))
    .mutation(({ ctx, input }) => withdrawRecommendation(ctx.verb, input)),
});
