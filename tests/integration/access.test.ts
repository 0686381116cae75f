import { beforeAll, describe, expect, test, vi } from "vitest";
import { SCOPES, type Scope } from "@/db/schema";
import { appRouter } from "@/server/api/root";
import { createCallerFactory } from "@/server/api/trpc";
import { saveTeamSettings } from "@/server/services/team";
import { type Ids, PAGES, PROCEDURES, ROUTES } from "../access";
import { below, idsOf, routeHandlers } from "./everything";
import { call, colleague, keyWith, type Person, product } from "./product";

// Outside a request Next has no headers: every call here comes from a browser without cookies.
vi.mock("next/headers", () => ({ headers: async () => new Headers(), cookies: async () => ({ getAll: () => [] }) }));

const SCOPES_OF = { read: ["read"], write: ["write"], work: ["work"], ingest: ["write", "work"] } as const;
/** What a verb may say to who may call it. */
const HELD_CODES = ["CONFLICT", "UNPROCESSABLE_CONTENT"];
const HELD = expect.stringMatching(new RegExp(HELD_CODES.join("|")));
const p = product();
let handlers: Awaited<ReturnType<typeof routeHandlers>>;
let ids: Ids;

beforeAll(async () => {
  handlers = await routeHandlers();
  ids = await idsOf(p.alice);
  // A project of the same name that her run would make would be hers.
  await saveTeamSettings(p.mallory, { makesProjects: false });
});

test("every route handler, procedure and page is classified, and nothing that is not there", () => {
  expect([...handlers.keys()].sort()).toEqual(Object.keys(ROUTES).sort());
  expect(Object.keys(appRouter._def.procedures).sort()).toEqual(Object.keys(PROCEDURES).sort());
  const pages = below("app", "page.tsx").map(
    (f) =>
      `/${f
        .split("/")
        .slice(1, -1)
        .filter((s) => !s.startsWith("("))
        .join("/")}`,
  );
  expect(pages.sort()).toEqual(Object.keys(PAGES).sort());
});

describe.each(Object.entries(ROUTES))("%s", (name, route) => {
  const send = (key: string | undefined, known: Ids = ids) => {
    const machine = "id" in route || "body" in route || "query" in route ? route : { access: "read" as const };
    const { id, body, query } = machine as Extract<typeof route, { access: "read" | "write" | "work" | "ingest" }>;
    return call(handlers.get(name)!, {
      key,
      id: id && known[id],
      body: body?.(known),
      raw: name.startsWith("PUT") ? "checkpoint" : undefined,
      query: query?.(known),
    });
  };
  const { access } = route;

  if (access === "public" || access === "tRPC") {
    test("is open: it decides by itself", () => expect([undefined, access]).toContain(handlers.get(name)!.access));
    return;
  }
  test("says who may call it", () => expect(handlers.get(name)!.access).toBe(access));
  test("refuses an anonymous call and an unknown key", async () => {
    expect([(await send(undefined)).status, (await send("etl_unknown")).status]).toEqual([401, 401]);
  });
  if (access === "session") return;
  test("refuses a key without its scope", async () => {
    for (const scope of SCOPES.filter((s) => !(SCOPES_OF[access] as readonly Scope[]).includes(s))) {
      const answer = await send(await keyWith(p.alice, scope));
      expect([scope, answer.status, answer.body.error.code]).toEqual([scope, 403, "forbidden"]);
    }
  });
  test("finds nothing of another team, and no id that is no UUID", async () => {
    const key = await keyWith(p.mallory, ...SCOPES);
    const foreign = await send(key);
    const nonsense = await send(key, {
      ...ids,
      project: "none",
      runId: "x",
      jobId: "x",
      workerId: "x",
      recommendationId: "x",
    });
    // A worker may be entered by anyone's key; a heartbeat must tell a worker to stop, whatever became of its job.
    if (name === "POST /api/v1/workers") expect(foreign.status).toBe(200);
    else if (name === "POST /api/v1/jobs/{id}/heartbeat")
      expect(foreign.body).toEqual({ stop: true, reason: "the lease is no longer held" });
    // An id of the path that cannot be one names nothing; within a body it is a field that cannot be accepted.
    else expect([foreign.status, nonsense.status]).toEqual([404, nonsense.body.error.code === "invalid" ? 422 : 404]);
  });
});

describe.each(Object.entries(PROCEDURES))("procedure %s", (name, { access, role, input, foreign }) => {
  const invoke = (who: Person | null, team: string) => {
    const caller = who?.api ?? createCallerFactory(appRouter)({ user: null });
    const [router, procedure] = name.split(".") as [string, string];
    const routers = caller as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
    return routers[router]![procedure]!({ team, ...input(ids) });
  };

  test("says who may call it and refuses an anonymous call", async () => {
    const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { meta: { access: string } } }>;
    expect(procedures[name]!._def.meta.access).toBe(access);
    if (access === "public") return expect(invoke(null, "")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(invoke(null, p.alice.team)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("gives a member of another team nothing of this one", async () => {
    if (access === "team") await expect(invoke(p.mallory, p.alice.team)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const underHerOwn = invoke(p.mallory, p.mallory.team);
    if (foreign === "not found") await expect(underHerOwn).rejects.toMatchObject({ code: "NOT_FOUND" });
    else if (foreign === "held") await expect(underHerOwn).rejects.toMatchObject({ code: HELD });
    else {
      const answer = JSON.stringify((await underHerOwn) ?? null);
      for (const [what, id] of Object.entries(ids))
        if (!(foreign === "empty" && what === "runId")) expect(answer).not.toContain(id);
      if (foreign === "empty") expect(answer).not.toMatch(/"values":\[[^\]]/);
    }
  });

  test("asks who may before it looks at what a verb parses, which is strict", async () => {
    const [[field, value] = [], ...others] = Object.entries(input(ids));
    if (!field || typeof value !== "object" || others.length > 0) return;
    const [router, procedure] = name.split(".") as [string, string];
    const send = (who: Person) => {
      const routers = who.api as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
      return routers[router]![procedure]!({ team: p.alice.team, [field]: { ...value, unknown: 1 } });
    };
    await expect(send(p.alice)).rejects.toMatchObject({
      code: "UNPROCESSABLE_CONTENT",
      message: expect.stringContaining('Unrecognized key: "unknown"'),
    });
    if (role === "viewer") return;
    await expect(send(await colleague(p.alice, "viewer"))).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("asks for its role", async () => {
    if (access === "public") return;
    if (access === "signed-in" || role === "viewer") {
      const code = await invoke(await colleague(p.alice, "viewer"), p.alice.team).then(
        () => "done",
        (e: { code: string }) => e.code,
      );
      // Of a viewer's own there may be nothing under these ids; she is not refused.
      return expect(foreign === "held" ? ["done", ...HELD_CODES] : ["done", "NOT_FOUND"]).toContain(code);
    }
    const lower = role === "owner" ? (["editor", "viewer"] as const) : (["viewer"] as const);
    for (const r of lower) {
      await expect(invoke(await colleague(p.alice, r), p.alice.team)).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
  });
});
