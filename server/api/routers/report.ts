import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  commentOnReport,
  commentOnReportInput,
  createReport,
  createReportInput,
  getReport,
  listReports,
  removeReport,
  reportCommentsOf,
  saveReport,
  saveReportInput,
} from "@/server/services/report";
import { router, teamProcedure } from "../trpc";

const byId = z.object({ id: z.uuid() });

export const reportRouter = router({
  list: teamProcedure.input(z.object({ project: z.string() })).query(({ ctx, input }) => listReports(ctx.verb, input)),
  get: teamProcedure.input(byId).query(({ ctx, input }) => getReport(ctx.verb, input)),
  comments: teamProcedure.input(byId).query(({ ctx, input }) => reportCommentsOf(ctx.verb, input)),
  comment: teamProcedure
    .input(z.object({ comment: ofVerb(commentOnReportInput) }))
    .mutation(({ ctx, input }) => commentOnReport(ctx.verb, input.comment)),
  create: teamProcedure
    .input(z.object({ report: ofVerb(createReportInput) }))
    .mutation(({ ctx, input }) => createReport(ctx.verb, input.report)),
  save: teamProcedure
    .input(z.object({ report: ofVerb(saveReportInput) }))
    .mutation(({ ctx, input }) => saveReport(ctx.verb, input.report)),
  remove: teamProcedure.input(byId).mutation(({ ctx, input }) => removeReport(ctx.verb, input)),
});
