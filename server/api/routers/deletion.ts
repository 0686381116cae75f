import { z } from "zod";
import { deletionInput, listDeletions, previewDeletion, startDeletion } from "@/server/services/deletion";
import { router, teamProcedure } from "../trpc";

export const deletionRouter = router({
  list: teamProcedure.query(({ ctx }) => listDeletions(ctx.verb)),
  preview: teamProcedure
    .input(z.object({ what: deletionInput }))
    .query(({ ctx, input }) => previewDeletion(ctx.verb, input.what)),
  start: teamProcedure
    .input(z.object({ what: deletionInput.extend({ confirm: z.string() }) }))
    .mutation(({ ctx, input }) => startDeletion(ctx.verb, input.what)),
});
