import { listWorkers } from "@/server/services/worker";
import { router, teamProcedure } from "../trpc";

export const workerRouter = router({
  list: teamProcedure.query(({ ctx }) => listWorkers(ctx.verb)),
});
