import { apiKeyRouter } from "./routers/api-key";
import { deletionRouter } from "./routers/deletion";
import { fitRouter } from "./routers/fit";
import { projectRouter } from "./routers/project";
import { recommendationRouter } from "./routers/recommendation";
import { runRouter } from "./routers/run";
import { sweepRouter } from "./routers/sweep";
import { teamRouter } from "./routers/team";
import { workerRouter } from "./routers/worker";
import { router } from "./trpc";

export const appRouter = router({
  apiKey: apiKeyRouter,
  deletion: deletionRouter,
  fit: fitRouter,
  project: projectRouter,
  recommendation: recommendationRouter,
  run: runRouter,
  sweep: sweepRouter,
  team: teamRouter,
  worker: workerRouter,
});

export type AppRouter = typeof appRouter;
