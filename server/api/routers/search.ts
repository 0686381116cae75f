import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import { findInput, findThings } from "@/server/services/search";
import { router, teamProcedure } from "../trpc";

export const searchRouter = router({
  find: teamProcedure
    .input(z.object({ what: ofVerb(findInput) }))
    .query(({ ctx, input }) => findThings(ctx.verb, input.what)),
});
