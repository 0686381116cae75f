import { teamsOf } from "@/server/auth";
import { router, signedInProcedure } from "../trpc";

export const teamRouter = router({
  list: signedInProcedure.query(({ ctx }) => teamsOf(ctx.user)),
});
