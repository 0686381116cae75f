import { z } from "zod";
import { retryJob, unfinishedJobs } from "@/server/services/job";
import { router, teamProcedure } from "../trpc";

export const jobRouter = router({
  unfinished: teamProcedure
    .input(z.object({ sweepId: z.uuid() }))
    .query(({ ctx, input }) => unfinishedJobs(ctx.verb, input)),
  retry: teamProcedure.input(z.object({ id: z.uuid() })).mutation(({ ctx, input }) => retryJob(ctx.verb, input)),
});
