import { connection } from "@/db/client";
import { listTeams } from "@/server/services/team";
import { router, signedInProcedure } from "../trpc";

export const teamRouter = router({
  list: signedInProcedure.query(({ ctx }) => listTeams(connection().db, ctx.user.userId)),
});
