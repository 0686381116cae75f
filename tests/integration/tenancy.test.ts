import { getTableColumns, is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { beforeAll, expect, test, vi } from "vitest";
import * as schema from "@/db/schema";
import { SCOPES } from "@/db/schema";
import { saveTeamSettings } from "@/server/services/team";
import { type Ids, PROCEDURES, ROUTES } from "../access";
import { idsOf, routeHandlers } from "./everything";
import { call, keyWith, type Person, product } from "./product";

/**
 * The second lock between teams: whatever a verb's author has thought of, no statement about rows of a team names an id
 * of another one without the caller's own team beside it, and none names neither.
 */

interface Statement {
  text: string;
  values: string;
}

const seen = vi.hoisted(() => ({ statements: [] as Statement[] }));
vi.mock("postgres", async (original) => {
  const real = (await original<{ default: typeof import("postgres") }>()).default;
  const debug = (_: number, text: string, values: unknown[]) =>
    void seen.statements.push({ text: text.replace(/\s+/g, " ").trim(), values: JSON.stringify(values) });
  const watched = (url: string, options: object) => real(url, { ...options, debug });
  return { default: Object.assign(watched, real) };
});
vi.mock("next/headers", () => ({ headers: async () => new Headers(), cookies: async () => ({ getAll: () => [] }) }));

const p = product();
let ids: Ids;
let handlers: Awaited<ReturnType<typeof routeHandlers>>;

const OWNED = Object.values(schema)
  .filter((table) => is(table, PgTable))
  .filter((table) => "teamId" in getTableColumns(table))
  .map((table) => getTableConfig(table).name);
const ABOUT_TEAMS = new RegExp(`\\b(from|join|update|into) "?(${OWNED.join("|")})"?( |$)`, "i");
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
/** Whose a key is, is what they ask; a secret is no id. Memberships and teams are found by the person and the address. */
const WHO_ASKS = /"api_keys"\."hash" = |^select .* from "members" inner join "teams"/;

beforeAll(async () => {
  ids = await idsOf(p.alice);
  handlers = await routeHandlers();
  await saveTeamSettings(p.mallory, { makesProjects: false });
});

/** Every procedure and call with alice's ids, by somebody; what each asked of the database. */
async function everything(who: Person): Promise<(Statement & { of: string })[]> {
  const asked: (Statement & { of: string })[] = [];
  const key = await keyWith(who, ...SCOPES);
  seen.statements.length = 0;
  const note = (of: string) => asked.push(...seen.statements.splice(0).map((s) => ({ ...s, of })));
  for (const [name, { access, input }] of Object.entries(PROCEDURES)) {
    if (access !== "team") continue;
    const [router, procedure] = name.split(".") as [string, string];
    const routers = who.api as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
    await routers[router]![procedure]!({ team: who.team, ...input(ids) }).catch(() => {});
    note(name);
  }
  for (const [name, route] of Object.entries(ROUTES)) {
    if (!("id" in route || "body" in route || "query" in route)) continue;
    const { id, body, query } = route;
    const raw = name.startsWith("PUT") ? "checkpoint" : undefined;
    await call(handlers.get(name)!, { key, id: id && ids[id], body: body?.(ids), query: query?.(ids), raw });
    note(name);
  }
  return asked.filter(({ text }) => ABOUT_TEAMS.test(text) && !WHO_ASKS.test(text));
}

/** Without what only names an id that the database itself has given out. */
const said = (statements: (Statement & { of: string })[]) =>
  [...new Map(statements.map((s) => [s.text, `${s.of}: ${s.text.slice(0, 400)}`])).values()].sort();

test("an id of another team is never asked for without one's own team", async () => {
  const foreign = Object.values(ids).filter((id) => UUID.test(id));
  const asked = await everything(p.mallory);
  const about = asked.filter(({ values }) => foreign.some((id) => values.includes(id)));
  expect(about.length).toBeGreaterThan(60);
  expect(said(about.filter(({ text, values }) => !/team_id/.test(text) || !values.includes(p.mallory.teamId)))).toEqual(
    [],
  );
});

test("nothing is asked of all teams at once", async () => {
  const asked = await everything(p.alice);
  expect(asked.length).toBeGreaterThan(300);
  expect(said(asked.filter(({ values }) => !UUID.test(values)))).toEqual([]);
});
