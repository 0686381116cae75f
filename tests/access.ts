/**
 * Who may do what: every route handler, tRPC procedure and page of the product stands here. A new one without an entry
 * fails tests/integration/access.test.ts.
 */

/** What the other team's rows are called in these tables. */
export interface Ids {
  project: string;
  runId: string;
  sweepId: string;
  jobId: string;
  leaseId: string;
  workerId: string;
  fitId: string;
  recommendationId: string;
  reportId: string;
  importId: string;
  patternId: string;
  notificationId: string;
  sharedLinkId: string;
  channelId: string;
  ruleId: string;
  keyId: string;
  invitationId: string;
  memberId: string;
}

type Route =
  | { access: "public" | "session" | "tRPC" }
  | {
      access: "read" | "write" | "work" | "ingest";
      id?: keyof Ids;
      body?: (ids: Ids) => unknown;
      query?: (ids: Ids) => string;
    };

const lease = ({ leaseId }: Ids) => ({ leaseId });
const point = { writer: "w", seq: 0, series: [{ metric: "loss", steps: [1], values: [1] }] };
const worker = { name: "w", host: "h", slots: 1, device: "cpu", isa: "avx2", trainerVersion: "1", tokensPerS: {} };

const source = { format: "f", base: "b", key: "", bytes: 1, sha256: "0".repeat(64), points: 0, files: ["f"] };
const history = { name: "r", state: "running", source };

export const ROUTES: Record<string, Route> = {
  "GET /api/auth/[...nextauth]": { access: "public" },
  "POST /api/auth/[...nextauth]": { access: "public" },
  "POST /api/sign-in": { access: "public" },
  "POST /api/sign-in/mail": { access: "public" },
  "GET /api/sign-in/with": { access: "public" },
  "POST /api/invitation": { access: "public" },
  "GET /api/health": { access: "public" },
  "GET /api/events": { access: "session" },
  "GET /api/trpc/[trpc]": { access: "tRPC" },
  "POST /api/trpc/[trpc]": { access: "tRPC" },
  "GET /api/v1/runs": { access: "read", query: (ids) => `?project=${ids.project}` },
  "POST /api/v1/runs": { access: "write", body: (ids) => ({ project: ids.project }) },
  "GET /api/v1/runs/{id}": { access: "read", id: "runId" },
  "PATCH /api/v1/runs/{id}": { access: "write", id: "runId", body: () => ({ tags: ["t"] }) },
  "DELETE /api/v1/runs/{id}": { access: "write", id: "runId" },
  "POST /api/v1/runs/query": { access: "read", body: (ids) => ({ project: ids.project }) },
  "GET /api/v1/runs/{id}/points": { access: "read", id: "runId" },
  "GET /api/v1/runs/{id}/rewinds": { access: "read", id: "runId" },
  "POST /api/v1/points": { access: "read", body: (ids) => ({ runIds: [ids.runId] }) },
  "POST /api/v1/series": { access: "read", body: (ids) => ({ runIds: [ids.runId], metric: "train/loss" }) },
  "POST /api/v1/imports": { access: "write", body: (ids) => ({ project: ids.project, file: "f" }) },
  "POST /api/v1/imports/{id}/runs": { access: "write", id: "importId", body: () => history },
  "GET /api/v1/imports/sources": { access: "read", query: (ids) => `?project=${ids.project}` },
  "GET /api/v1/imports/patterns": { access: "read", query: (ids) => `?project=${ids.project}` },
  "GET /api/v1/openapi.json": { access: "public" },
  "POST /api/series": { access: "session" },
  "GET /api/points": { access: "session" },
  "GET /api/runs": { access: "session" },
  "GET /api/audit": { access: "session" },
  "POST /api/v1/runs/{id}/heartbeat": { access: "ingest", id: "runId" },
  "GET /api/v1/runs/{id}/logs": { access: "read", id: "runId" },
  "POST /api/v1/runs/{id}/metrics": { access: "ingest", id: "runId", body: () => point },
  "POST /api/v1/runs/{id}/logs": { access: "ingest", id: "runId", body: () => ({ lines: [{ line: 1, text: "x" }] }) },
  "POST /api/v1/runs/{id}/finish": { access: "ingest", id: "runId", body: () => ({ state: "finished" }) },
  "POST /api/v1/runs/{id}/alerts": { access: "write", id: "runId", body: () => ({ key: "k", title: "t" }) },
  "GET /api/v1/recommendations": { access: "read", query: (ids) => `?target=tokens=1e6&project=${ids.project}` },
  "GET /api/v1/recommendations/{id}": { access: "read", id: "recommendationId" },
  "POST /api/v1/workers": { access: "work", body: () => worker },
  "POST /api/v1/workers/{id}/lease": { access: "work", id: "workerId" },
  "POST /api/v1/workers/{id}/stop": { access: "work", id: "workerId" },
  "POST /api/v1/jobs/{id}/heartbeat": { access: "work", id: "jobId", body: lease },
  "POST /api/v1/jobs/{id}/release": { access: "work", id: "jobId", body: lease },
  "POST /api/v1/jobs/{id}/finish": { access: "work", id: "jobId", body: lease },
  "POST /api/v1/jobs/{id}/fail": {
    access: "work",
    id: "jobId",
    body: (ids) => ({ leaseId: ids.leaseId, reason: "r", retry: true }),
  },
  "POST /api/v1/jobs/{id}/retry": { access: "write", id: "jobId" },
  "PUT /api/v1/jobs/{id}/checkpoint": { access: "work", id: "jobId", query: (ids) => `?lease=${ids.leaseId}` },
  "GET /api/v1/jobs/{id}/checkpoint": { access: "work", id: "jobId" },
};

interface Procedure {
  access: "public" | "signed-in" | "team";
  /** The least role that may call it. */
  role: "viewer" | "editor" | "owner";
  input: (ids: Ids) => Record<string, unknown>;
  /**
   * What a member of another team gets for these ids under her own team: refused, nothing, or (no ids) her own, which
   * may be `held` back for a reason of its own.
   */
  foreign: "not found" | "empty" | "own" | "held";
}

const byRun = (ids: Ids) => ({ id: ids.runId });
const bySweep = (ids: Ids) => ({ id: ids.sweepId });
const byProject = (ids: Ids) => ({ project: ids.project });
export const importedRun = {
  ...{ line: 2, identity: "a", peakLr: 0.1, batchSeqs: 1, tokens: 1, finalLoss: 1, diverged: false, config: {} },
  ...{ architecture: "a", parametrization: "p", schedule: "s" },
};
const target = { batchSeqs: 8, seqLen: 64, tokens: 1e6, baseWidth: 64 };
const proposedRun = {
  model: { width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 },
  ...{ batchSeqs: 8, tokens: 131_072, peakLr: 0.5, seed: 1 },
};

const viewer = (input: Procedure["input"], foreign: Procedure["foreign"]): Procedure => ({
  access: "team",
  role: "viewer",
  input,
  foreign,
});
const editor = (input: Procedure["input"], foreign: Procedure["foreign"] = "not found"): Procedure => ({
  access: "team",
  role: "editor",
  input,
  foreign,
});
const owner = (input: Procedure["input"], foreign: Procedure["foreign"]): Procedure => ({
  access: "team",
  role: "owner",
  input,
  foreign,
});

const signedIn = (input: Procedure["input"], foreign: Procedure["foreign"]): Procedure => ({
  access: "signed-in",
  role: "viewer",
  input,
  foreign,
});

export const PROCEDURES: Record<string, Procedure> = {
  "account.get": signedIn(() => ({}), "own"),
  "account.update": signedIn(() => ({ account: { name: "n" } }), "own"),
  "account.sessions": signedIn(() => ({}), "own"),
  "account.endSession": signedIn(() => ({ id: crypto.randomUUID() }), "not found"),
  "account.endOtherSessions": signedIn(() => ({}), "own"),
  "account.acceptInvitation": signedIn((ids) => ({ id: ids.invitationId }), "not found"),
  "account.delete": signedIn(() => ({ account: { confirm: "x" } }), "held"),
  "apiKey.find": editor(() => ({ page: {} }), "own"),
  "apiKey.create": editor(() => ({ key: { name: "k", scopes: ["read"] } }), "own"),
  "apiKey.rotate": editor((ids) => ({ key: { id: ids.keyId } })),
  "apiKey.limit": owner((ids) => ({ key: { id: ids.keyId, requestsPerMinute: 1 } }), "not found"),
  "apiKey.revoke": editor((ids) => ({ id: ids.keyId })),
  "audit.list": owner(() => ({ page: {} }), "own"),
  "audit.choices": owner(() => ({}), "own"),
  "audit.retention": owner(() => ({}), "own"),
  "audit.saveRetention": owner(() => ({ retention: { days: 365 } }), "own"),
  "channel.list": editor(() => ({}), "own"),
  "channel.deliveries": editor(() => ({}), "own"),
  "channel.create": editor((ids) => ({
    channel: { type: "webhook", name: "c", url: "http://192.0.2.1/", project: ids.project, kinds: ["run-failed"] },
  })),
  "channel.update": editor((ids) => ({ channel: { id: ids.channelId, name: "c", kinds: ["run-failed"] } })),
  "channel.test": editor((ids) => ({ id: ids.channelId })),
  "channel.remove": editor((ids) => ({ id: ids.channelId })),
  "fit.list": viewer(byProject, "not found"),
  "fit.points": viewer(byProject, "not found"),
  "fit.unfinished": viewer(byProject, "not found"),
  "fit.get": viewer((ids) => ({ id: ids.fitId }), "not found"),
  "fit.stepsToLoss": viewer((ids) => ({ of: { runIds: [ids.runId], metric: "loss" } }), "not found"),
  "fit.scheduleLaw": viewer((ids) => ({ of: { project: ids.project } }), "not found"),
  "fit.save": editor((ids) => ({ fit: { project: ids.project, name: "f", settings: {} } })),
  "invitation.offered": {
    access: "public",
    role: "viewer",
    input: () => ({ token: "unknown" }),
    foreign: "not found",
  },
  "invitation.list": owner(() => ({}), "own"),
  "invitation.create": owner(
    () => ({ invitation: { email: `${crypto.randomUUID()}@example.org`, role: "viewer" } }),
    "own",
  ),
  "invitation.renew": owner((ids) => ({ invitation: { id: ids.invitationId, by: "link" } }), "not found"),
  "invitation.revoke": owner((ids) => ({ id: ids.invitationId }), "not found"),
  "job.unfinished": viewer((ids) => ({ sweepId: ids.sweepId }), "empty"),
  "job.retry": editor((ids) => ({ id: ids.jobId })),
  "mapping.get": viewer(byProject, "not found"),
  "mapping.preview": viewer((ids) => ({ change: { project: ids.project, mapping: {} } }), "not found"),
  "mapping.save": editor((ids) => ({ change: { project: ids.project, mapping: { lr: "1" } } })),
  "mapping.recipes": viewer(byProject, "not found"),
  "mapping.saveIgnored": editor((ids) => ({ change: { project: ids.project, ignored: ["note"] } })),
  "member.find": viewer(() => ({ page: {} }), "own"),
  "member.link": owner((ids) => ({ member: { userId: ids.memberId } }), "not found"),
  "member.changeRole": owner((ids) => ({ member: { userId: ids.memberId, role: "editor" } }), "not found"),
  "member.remove": owner((ids) => ({ member: { userId: ids.memberId } }), "not found"),
  "project.list": viewer(() => ({}), "own"),
  "project.names": viewer(() => ({}), "own"),
  "project.get": viewer((ids) => ({ slug: ids.project }), "not found"),
  "project.access": viewer((ids) => ({ slug: ids.project }), "not found"),
  "project.changeAccess": owner((ids) => ({ access: { slug: ids.project, openTo: "team" } }), "not found"),
  "project.create": editor(() => ({ project: { name: `p ${crypto.randomUUID()}` } }), "own"),
  "project.update": editor((ids) => ({ project: { slug: ids.project, name: "n" } })),
  "recommendation.list": viewer(byProject, "empty"),
  "recommendation.get": viewer((ids) => ({ id: ids.recommendationId }), "not found"),
  "recommendation.create": editor((ids) => ({ recommendation: { fitId: ids.fitId, title: "r", target } })),
  "recommendation.comment": editor((ids) => ({ comment: { id: ids.recommendationId, body: "c" } })),
  "recommendation.setOutcome": editor((ids) => ({ outcome: { id: ids.recommendationId, runId: null } })),
  "recommendation.publish": editor((ids) => ({ id: ids.recommendationId })),
  "recommendation.withdraw": editor((ids) => ({ id: ids.recommendationId, reason: "r" })),
  "share.read": { access: "public", role: "viewer", input: () => ({ key: "unknown" }), foreign: "not found" },
  "share.list": viewer((ids) => ({ of: { kind: "report", id: ids.reportId } }), "empty"),
  "share.create": editor((ids) => ({ link: { of: { kind: "report", id: ids.reportId } } })),
  "share.revoke": editor((ids) => ({ id: ids.sharedLinkId })),
  "report.list": viewer(byProject, "not found"),
  "report.get": viewer((ids) => ({ id: ids.reportId }), "not found"),
  "report.comments": viewer((ids) => ({ id: ids.reportId }), "not found"),
  "report.comment": editor((ids) => ({ comment: { id: ids.reportId, body: "c" } })),
  "report.create": editor((ids) => ({ report: { project: ids.project, title: "r" } })),
  "report.save": editor((ids) => ({ report: { id: ids.reportId, title: "r", body: "b", basedOn: new Date(0) } })),
  "report.remove": editor((ids) => ({ id: ids.reportId })),
  "rule.list": viewer(byProject, "not found"),
  "rule.create": editor((ids) => ({
    rule: { project: ids.project, metric: "train/loss", comparison: "above", bound: 5 },
  })),
  "rule.remove": editor((ids) => ({ id: ids.ruleId })),
  "run.list": viewer((ids) => ({ project: ids.project, ids: [ids.runId] }), "not found"),
  "run.query": viewer((ids) => ({ query: { project: ids.project } }), "not found"),
  "run.groups": viewer((ids) => ({ query: { project: ids.project, by: ["lr"] } }), "not found"),
  "run.keys": viewer((ids) => ({ project: ids.project }), "not found"),
  "run.values": viewer((ids) => ({ runIds: [ids.runId], keys: ["lr"] }), "empty"),
  "run.update": editor((ids) => ({ id: ids.runId, set: { tags: ["t"] } })),
  "run.select": viewer((ids) => ({ which: { project: ids.project, runIds: [ids.runId] } }), "not found"),
  "run.edit": editor((ids) => ({ edit: { which: { project: ids.project, runIds: [ids.runId] }, addTags: ["t"] } })),
  "deletion.preview": viewer((ids) => ({ what: { project: ids.project } }), "not found"),
  "import.run": editor((ids) => ({ import: { project: ids.project, file: "f.csv", runs: [importedRun] } })),
  "import.sources": viewer(byProject, "not found"),
  "import.begin": editor((ids) => ({ entry: { project: ids.project, file: "f.log" } })),
  "import.history": editor((ids) => ({ importId: ids.importId, run: history })),
  "import.points": editor((ids) => ({ runId: ids.runId, batch: point })),
  "import.log": editor((ids) => ({ runId: ids.runId, log: { lines: [{ line: 1, text: "x" }] } })),
  "import.patterns": viewer(byProject, "not found"),
  "import.savePattern": editor((ids) => ({
    pattern: { project: ids.project, name: "p", lines: ["step {step} loss {loss}"] },
  })),
  "import.deletePattern": editor((ids) => ({ id: ids.patternId })),
  "import.list": viewer(byProject, "not found"),
  "import.undoPreview": viewer((ids) => ({ id: ids.importId }), "not found"),
  "import.undo": editor((ids) => ({ undo: { id: ids.importId, confirm: "f.csv" } })),
  "deletion.start": editor((ids) => ({ what: { project: ids.project, runIds: [ids.runId], confirm: "x" } })),
  "deletion.list": viewer(() => ({}), "own"),
  "run.get": viewer(byRun, "not found"),
  "run.log": viewer((ids) => ({ runId: ids.runId }), "not found"),
  "run.stop": editor(byRun),
  "search.find": viewer((ids) => ({ what: { project: ids.project, text: "" } }), "empty"),
  "sweep.list": viewer(byProject, "not found"),
  "sweep.get": viewer(bySweep, "not found"),
  "sweep.create": editor((ids) => ({ sweep: { project: ids.project, name: "s" } })),
  "sweep.additionCost": viewer(
    (ids) => ({ add: { id: ids.sweepId, likeRunId: ids.runId, learningRates: [0.5] } }),
    "not found",
  ),
  "sweep.addLearningRates": editor((ids) => ({
    add: { id: ids.sweepId, likeRunId: ids.runId, learningRates: [0.5] },
  })),
  "sweep.proposedCost": viewer((ids) => ({ add: { id: ids.sweepId, runs: [proposedRun] } }), "not found"),
  "sweep.queueProposed": editor((ids) => ({ add: { id: ids.sweepId, runs: [proposedRun] } })),
  "sweep.setState": editor((ids) => ({ id: ids.sweepId, to: "paused" })),
  "notification.list": viewer(() => ({}), "own"),
  "notification.read": viewer((ids) => ({ entries: { ids: [ids.notificationId] } }), "empty"),
  "notification.preferences": viewer(() => ({}), "own"),
  "notification.savePreferences": viewer(() => ({ preferences: { mail: ["run-failed"] } }), "own"),
  "team.settings": viewer(() => ({}), "own"),
  "team.saveSettings": owner(() => ({ settings: { makesProjects: true } }), "own"),
  "team.signIn": owner(() => ({}), "own"),
  "team.saveSignIn": owner(() => ({ signIn: { ssoRequired: false } }), "own"),
  "team.list": signedIn(() => ({}), "own"),
  "team.create": signedIn(() => ({ what: { name: crypto.randomUUID() } }), "own"),
  "team.rename": owner(() => ({ what: { name: "n" } }), "own"),
  "team.delete": owner(() => ({ what: { confirm: "x" } }), "held"),
  "team.leave": viewer(() => ({}), "held"),
  "watch.get": viewer((ids) => ({ what: { kind: "run", id: ids.runId } }), "not found"),
  "watch.set": viewer((ids) => ({ what: { kind: "sweep", id: ids.sweepId, watching: false } }), "not found"),
  "worker.list": viewer(() => ({}), "own"),
};

/**
 * Pages; a signed-in one sends anonymous visitors to /sign-in, one by key has nothing to show for a key that is
 * unknown.
 */
export const PAGES: Record<string, "public" | "signed-in" | "by key"> = {
  "/": "signed-in",
  "/sign-in": "public",
  "/sign-in/link": "public",
  "/invitation": "public",
  "/account": "signed-in",
  "/api-reference": "public",
  "/glossary": "public",
  "/sign-out": "signed-in",
  "/[team]": "signed-in",
  "/[team]/recommendations": "signed-in",
  "/[team]/settings": "signed-in",
  "/[team]/settings/audit": "signed-in",
  "/[team]/settings/keys": "signed-in",
  "/[team]/settings/notifications": "signed-in",
  "/[team]/settings/people": "signed-in",
  "/[team]/settings/sign-in": "signed-in",
  "/[team]/workers": "signed-in",
  "/[team]/[project]": "signed-in",
  "/[team]/[project]/fits": "signed-in",
  "/[team]/[project]/fits/[fit]": "signed-in",
  "/[team]/[project]/fits/next": "signed-in",
  "/[team]/[project]/imports": "signed-in",
  "/[team]/[project]/recommendations": "signed-in",
  "/[team]/[project]/recommendations/new": "signed-in",
  "/[team]/[project]/recommendations/[recommendation]": "signed-in",
  "/[team]/[project]/reports": "signed-in",
  "/[team]/[project]/reports/[report]": "signed-in",
  "/[team]/[project]/runs": "signed-in",
  "/[team]/[project]/runs/compare": "signed-in",
  "/[team]/[project]/runs/[run]": "signed-in",
  "/[team]/[project]/sweeps": "signed-in",
  "/[team]/[project]/sweeps/new": "signed-in",
  "/[team]/[project]/sweeps/[sweep]": "signed-in",
  "/[team]/[project]/transfer": "signed-in",
  "/shared/[key]": "by key",
};
