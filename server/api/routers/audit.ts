import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  auditChoices,
  auditListInput,
  auditRetentionInput,
  getAuditRetention,
  listAudit,
  saveAuditRetention,
} from "@/server/services/audit";
import { router, teamProcedure } from "../trpc";

export const auditRouter = router({
  list: teamProcedure
    .input(z.object({ page: ofVerb(auditListInput) }))
    .query(({ ctx, input }) => listAudit(ctx.verb, input.page)),
  choices: teamProcedure.query(({ ctx }) => auditChoices(ctx.verb)),
  retention: teamProcedure.query(({ ctx }) => getAuditRetention(ctx.verb)),
  saveRetention: teamProcedure
    .input(z.object({ retention: ofVerb(auditRetentionInput) }))
    .mutation(({ ctx, input }) => saveAuditRetention(ctx.verb, input.retention)),
});
