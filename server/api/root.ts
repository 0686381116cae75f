import { accountRouter } from "./routers/account";
import { apiKeyRouter } from "./routers/api-key";
import { auditRouter } from "./routers/audit";
import { channelRouter } from "./routers/channel";
import { deletionRouter } from "./routers/deletion";
import { fitRouter } from "./routers/fit";
import { importRouter } from "./routers/import";
import { invitationRouter } from "./routers/invitation";
import { jobRouter } from "./routers/job";
import { mappingRouter } from "./routers/mapping";
import { memberRouter } from "./routers/member";
import { notificationRouter } from "./routers/notification";
import { projectRouter } from "./routers/project";
import { recommendationRouter } from "./routers/recommendation";
import { reportRouter } from "./routers/report";
import { ruleRouter } from "./routers/rule";
import { runRouter } from "./routers/run";
import { searchRouter } from "./routers/search";
import { shareRouter } from "./routers/share";
import { sweepRouter } from "./routers/sweep";
import { teamRouter } from "./routers/team";
import { watchRouter } from "./routers/watch";
import { workerRouter } from "./routers/worker";
import { router } from "./trpc";

export const appRouter = router({
  account: accountRouter,
  apiKey: apiKeyRouter,
  audit: auditRouter,
  channel: channelRouter,
  deletion: deletionRouter,
  fit: fitRouter,
  import: importRouter,
  invitation: invitationRouter,
  job: jobRouter,
  mapping: mappingRouter,
  member: memberRouter,
  notification: notificationRouter,
  project: projectRouter,
  recommendation: recommendationRouter,
  report: reportRouter,
  rule: ruleRouter,
  run: runRouter,
  search: searchRouter,
  share: shareRouter,
  sweep: sweepRouter,
  team: teamRouter,
  watch: watchRouter,
  worker: workerRouter,
});

export type AppRouter = typeof appRouter;
