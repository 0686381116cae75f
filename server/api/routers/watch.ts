import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import { getWatch, setWatch, setWatchInput, watchedInput } from "@/server/services/watch";
import { router, teamProcedure } from "../trpc";

export const watchRouter = router({
  get: teamProcedure
    .input(z.object({ what: ofVerb(watchedInput) }))
    .query(({ ctx, input }) => getWatch(ctx.verb, input.what)),
  set: teamProcedure
    .input(z.object({ what: ofVerb(setWatchInput) }))
    .mutation(({ ctx, input }) => setWatch(ctx.verb, input.what)),
});
