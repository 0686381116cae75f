import { beforeAll, describe, expect, test } from "vitest";
import { CALLS } from "@/server/http/native";
import { exportAll, get as getOne, query } from "@/server/http/native/runs";
import { createApiKey, listApiKeys } from "@/server/services/api-key";
import { createProject, listProjects } from "@/server/services/project";
import { publishRecommendation, setOutcome } from "@/server/services/recommendation";
import { createRun, finishRun } from "@/server/services/run";
import { type Ids, ROUTES } from "../access";
import { idsOf, routeHandlers } from "./everything";
import { call, product } from "./product";

const p = product();
let handlers: Awaited<ReturnType<typeof routeHandlers>>;
let ids: Ids;
/** Of two keys of one team with the same scopes: limited to the project of `ids`, and to another. */
let [here, elsewhere] = ["", ""];

const limited = async (...projects: string[]) =>
  (await createApiKey(p.alice, { name: projects.join(), scopes: ["read", "write"], projects })).key;

beforeAll(async () => {
  handlers = await routeHandlers();
  ids = await idsOf(p.alice);
  await createProject(p.alice, { name: "Elsewhere", slug: "elsewhere" });
  await publishRecommendation(p.alice, { id: ids.recommendationId, reason: "a test" });
  [here, elsewhere] = [await limited(ids.project), await limited("elsewhere")];
});

// What deletes comes last.
const BY_KEY = Object.entries(ROUTES)
  .filter(([, { access }]) => ["read", "write", "ingest", "work"].includes(access))
  .sort(([a], [b]) => Number(a.startsWith("DELETE")) - Number(b.startsWith("DELETE")));

describe.each(BY_KEY)("%s", (name, route) => {
  const { id, body, query: text } = route as Extract<typeof route, { access: "read" | "write" | "work" | "ingest" }>;
  const send = (key: string) =>
    call(handlers.get(name)!, {
      key,
      id: id && ids[id],
      body: body?.(ids),
      raw: name.startsWith("PUT") ? "checkpoint" : undefined,
      query: text?.(ids),
    });

  if (route.access === "work") {
    test("is closed to a key that is limited to projects", async () => {
      expect([(await send(here)).status, (await send(elsewhere)).status]).toEqual([403, 403]);
    });
    return;
  }
  test("finds nothing for a key of another project of the team, and all for one of this", async () => {
    const refused = await send(elsewhere);
    if (refused.status === 404) expect(refused.body.error.code).toBe("not_found");
    else {
      expect(refused.status).toBe(200);
      for (const id of Object.values(ids)) expect(refused.text).not.toContain(id);
    }
    const found = await send(here);
    expect([200, 204, 409], found.text).toContain(found.status);
  });
});

test("every call that a key may make was asked", () => {
  expect(BY_KEY.map(([name]) => name).sort()).toEqual(CALLS.map((c) => `${c.method} ${c.path}`).sort());
});

test("a list without a project has what the key reaches", async () => {
  const advice = handlers.get("GET /api/v1/recommendations")!;
  const ask = async (key: string) => (await call(advice, { key, query: "?target=tokens=1e6" })).body.recommendations;
  expect((await ask(here)).map((r: { id: string }) => r.id)).toEqual([ids.recommendationId]);
  expect(await ask(elsewhere)).toEqual([]);
  const key = { kind: "key", keyId: "k", name: "k", scopes: ["read"], only: [], hidden: [] } as const;
  expect(await listProjects({ ...p.alice, actor: { ...key, scopes: ["read"] } })).toEqual([]);
});

test("an id is found out wherever it stands and however it is written", async () => {
  const run = await createRun(p.alice, { project: "elsewhere", config: {}, dimensions: {}, tags: [] });
  const series = handlers.get("POST /api/v1/series")!;
  const ask = (...runIds: string[]) => call(series, { key: elsewhere, body: { runIds, metric: "m" } });
  const other = (await createRun(p.alice, { project: ids.project, config: {}, dimensions: {}, tags: [] })).id;
  expect((await ask(run.id)).status).toBe(200);
  expect((await ask(run.id, other)).status).toBe(404);
  expect((await ask(run.id, other.toUpperCase())).status).toBe(404);
  const twice = `?project=elsewhere&of=${other.replaceAll("-", "")}&of=${run.id}`;
  expect((await call(exportAll, { key: elsewhere, query: twice })).status).toBe(404);
  const sweep = { project: "elsewhere", sweepId: ids.sweepId };
  expect((await call(query, { key: elsewhere, body: sweep })).status).toBe(404);
});

test("ids in a program's own config are its own words", async () => {
  const other = (await createRun(p.alice, { project: ids.project, config: {}, dimensions: {}, tags: [] })).id;
  const made = await call(handlers.get("POST /api/v1/runs")!, {
    key: elsewhere,
    body: { project: "elsewhere", config: { parent: { id: other } } },
  });
  expect([made.status, (await call(getOne, { key: elsewhere, id: made.body.id })).body.config]).toEqual([
    200,
    { parent: { id: other } },
  ]);
});

const ended = {
  state: "finished" as const,
  finalLoss: 2.5,
  trainTailLoss: null,
  wallSeconds: null,
  diverged: false,
  error: null,
};

test("a run of another project that a recommendation was held against is not shown", async () => {
  const other = (await createRun(p.alice, { project: "elsewhere", config: {}, dimensions: {}, tags: [] })).id;
  await finishRun(p.alice, { runId: other, ...ended, provenance: null });
  await setOutcome(p.alice, { id: ids.recommendationId, runId: other });
  const get = handlers.get("GET /api/v1/recommendations/{id}")!;
  const all = (await createApiKey(p.alice, { name: "all", scopes: ["read"] })).key;
  const outcome = async (key: string) => (await call(get, { key, id: ids.recommendationId })).body.outcome?.run?.id;
  expect([await outcome(all), await outcome(here)]).toEqual([other, undefined]);
});

test("such a key makes no project, where the team's other keys do", async () => {
  const create = handlers.get("POST /api/v1/runs")!;
  const send = async (key: string, project: string) => (await call(create, { key, body: { project } })).status;
  const all = (await createApiKey(p.alice, { name: "all", scopes: ["write"] })).key;
  expect(await send(elsewhere, "made-by-run")).toBe(404);
  expect(await send(all, "made-by-run")).toBe(200);
  expect(await send(elsewhere, "made-by-run")).toBe(404);
  expect(await send(elsewhere, "elsewhere")).toBe(200);
});

test.each([
  ["the scope work", { scopes: ["work", "read"], projects: ["elsewhere"] }, "invalid", "cannot have the scope work"],
  ["no project", { scopes: ["read"], projects: [] }, undefined, "at least one project"],
  ["a project that is not there", { scopes: ["read"], projects: ["none"] }, "not_found", '"none"'],
])("a key with %s is refused when it is made", async (_what, part, code, message) => {
  const input = { name: "k", ...part } as Parameters<typeof createApiKey>[1];
  const e = await createApiKey(p.alice, input).catch((e: unknown) => e);
  expect([(e as { code?: string }).code, (e as Error).message]).toEqual([code, expect.stringContaining(message)]);
});

test("the list says to which projects a key is limited", async () => {
  const names = (await listApiKeys(p.alice)).map((k) => [k.name, k.projects]);
  expect(names).toContainEqual(["elsewhere", ["elsewhere"]]);
  expect(names).toContainEqual(["all", null]);
});
