import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { eq } from "drizzle-orm";
import { jobs } from "@/db/schema";
import type { Call } from "@/server/http/door/call";
import { CALLS } from "@/server/http/native";
import { DOCUMENT } from "@/server/http/openapi";
import { createApiKey } from "@/server/services/api-key";
import { createChannel } from "@/server/services/channel";
import { runImport, savePattern } from "@/server/services/import";
import { invite } from "@/server/services/invitation";
import { leaseJob } from "@/server/services/job";
import { listNotifications } from "@/server/services/notification";
import { commentOnRecommendation, createRecommendation } from "@/server/services/recommendation";
import { createReport } from "@/server/services/report";
import { createMetricRule } from "@/server/services/rule";
import { createSharedLink } from "@/server/services/share";
import { setWatch } from "@/server/services/watch";
import { type Ids, importedRun } from "../access";
import { lawIn } from "./law";
import { colleague, type Handler, type Person, sweepIn, workerOf } from "./product";

const ROOT = resolve(import.meta.dirname, "../..");
/** Gives Next the table of calls. */
const TABLE = "app/api/v1/[...path]/route.ts";
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** Every call of a program, as "GET /api/v1/runs/{id}", and every other route handler, as "GET /api/trpc/[trpc]". */
export async function routeHandlers(): Promise<Map<string, Call | Handler>> {
  const handlers = new Map<string, Call | Handler>();
  for (const file of below("app", "route.ts").filter((f) => f !== TABLE)) {
    const exported = (await import(join(ROOT, file))) as Record<string, Handler>;
    for (const method of METHODS.filter((m) => m in exported)) {
      handlers.set(`${method} /${file.slice("app/".length, -"/route.ts".length)}`, exported[method]!);
    }
  }
  for (const call of [...CALLS, DOCUMENT]) handlers.set(`${call.method} ${call.path}`, call);
  return handlers;
}

/** One of everything in Alice's team. */
export async function idsOf(alice: Person): Promise<Ids> {
  const { slug, sweepId } = await sweepIn(alice);
  const workerId = await workerOf(alice);
  const job = (await leaseJob(alice, { workerId }))!;
  const { fitId } = await lawIn(alice, slug);
  const target = { batchSeqs: 8, seqLen: 64, tokens: 1e6, width: 64, baseWidth: 64, params: 93_696 };
  const recommendation = await createRecommendation(alice, { fitId, title: "Advice", target });
  const report = await createReport(alice, { project: slug, title: "Study" });
  const { id: importId } = await runImport(alice, { project: slug, file: "f.csv", runs: [importedRun] });
  const pattern = { project: slug, name: "p", lines: ["step {step} loss {loss}"] };
  const { id: patternId } = await savePattern(alice, pattern);
  await setWatch(alice, { kind: "recommendation", id: recommendation.id, watching: true });
  await commentOnRecommendation(await colleague(alice, "editor"), { id: recommendation.id, body: "why?" });
  const [notification] = (await listNotifications(alice)).entries;
  const link = await createSharedLink(alice, { of: { kind: "report", id: report.id } });
  const key = await createApiKey(alice, { name: "key", scopes: ["read"] });
  const asked = { email: "asked@example.org", role: "viewer" as const };
  const invitation = await invite(alice, asked, { publicUrl: "http://etalon.test" });
  const to = { type: "slack", name: "room", url: "http://192.0.2.1/hook", kinds: ["run-failed"] } as const;
  const channel = await createChannel(alice, { ...to, project: slug, kinds: [...to.kinds] });
  const rule = await createMetricRule(alice, { project: slug, metric: "loss", comparison: "above", bound: 9 });
  const [row] = await alice.db.select().from(jobs).where(eq(jobs.id, job.id));
  return {
    project: slug,
    runId: job.runs[0]!.id,
    sweepId,
    jobId: job.id,
    leaseId: row!.leaseId!,
    workerId,
    fitId,
    recommendationId: recommendation.id,
    reportId: report.id,
    importId,
    patternId,
    notificationId: notification!.id,
    sharedLinkId: link.id,
    channelId: channel.id,
    ruleId: rule.id,
    keyId: key.id,
    invitationId: invitation.id,
    memberId: (await colleague(alice, "viewer")).userId,
  };
}

/** Paths below a folder that end with a file of this name. */
export function below(folder: string, name: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => (path === name || path.endsWith(`/${name}`)) && !/(^|\/)_/.test(path))
    .map((path) => `${folder}/${path}`);
}
