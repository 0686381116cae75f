import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import { createMetricRule, createMetricRuleInput, listMetricRules, removeMetricRule } from "@/server/services/rule";
import { router, teamProcedure } from "../trpc";

export const ruleRouter = router({
  list: teamProcedure
    .input(z.object({ project: z.string() }))
    .query(({ ctx, input }) => listMetricRules(ctx.verb, input)),
  create: teamProcedure
    .input(z.object({ rule: ofVerb(createMetricRuleInput) }))
    .mutation(({ ctx, input }) => createMetricRule(ctx.verb, input.rule)),
  remove: teamProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => removeMetricRule(ctx.verb, input)),
});
