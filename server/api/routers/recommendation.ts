import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  commentInput,
  commentOnRecommendation,
  createRecommendation,
  createRecommendationInput,
  getRecommendation,
  listRecommendations,
  outcomeInput,
  publishInput,
  publishRecommendation,
  setOutcome,
  withdrawRecommendation,
} from "@/server/services/recommendation";
import { router, teamProcedure } from "../trpc";

const byId = z.object({ id: z.uuid() });

export const recommendationRouter = router({
  list: teamProcedure
    .input(z.object({ project: z.string().optional(), search: z.string().max(200).optional() }))
    .query(({ ctx, input }) => listRecommendations(ctx.verb, input)),
  get: teamProcedure.input(byId).query(({ ctx, input }) => getRecommendation(ctx.verb, input)),
  create: teamProcedure
    .input(z.object({ recommendation: ofVerb(createRecommendationInput) }))
    .mutation(({ ctx, input }) => createRecommendation(ctx.verb, input.recommendation)),
  comment: teamProcedure
    .input(z.object({ comment: ofVerb(commentInput) }))
    .mutation(({ ctx, input }) => commentOnRecommendation(ctx.verb, input.comment)),
  setOutcome: teamProcedure
    .input(z.object({ outcome: ofVerb(outcomeInput) }))
    .mutation(({ ctx, input }) => setOutcome(ctx.verb, input.outcome)),
  publish: teamProcedure
    .input(ofVerb(publishInput))
    .mutation(({ ctx, input }) => publishRecommendation(ctx.verb, { id: input.id, reason: input.reason })),
  withdraw: teamProcedure
    .input(byId.extend({ reason: z.string().max(1_000).default("") }))
    .mutation(({ ctx, input }) => withdrawRecommendation(ctx.verb, input)),
});
