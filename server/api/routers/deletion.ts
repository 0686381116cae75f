import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  deletionInput,
  listDeletions,
  previewDeletion,
  startDeletion,
  startDeletionInput,
} from "@/server/services/deletion";
import { router, teamProcedure } from "../trpc";

export const deletionRouter = router({
  list: teamProcedure.query(({ ctx }) => listDeletions(ctx.verb)),
  preview: teamProcedure
    .input(z.object({ what: ofVerb(deletionInput) }))
    .query(({ ctx, input }) => previewDeletion(ctx.verb, input.what)),
  start: teamProcedure
    .input(z.object({ what: ofVerb(startDeletionInput) }))
    .mutation(({ ctx, input }) => startDeletion(ctx.verb, input.what)),
});
