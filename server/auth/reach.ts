import { getTableColumns, is } from "drizzle-orm";
import { getTableConfig, PgTable, PgUUID } from "drizzle-orm/pg-core";
import * as schema from "@/db/schema";
import { type Context, isLimited, reaches } from "@/server/context";
import { EtalonError } from "@/server/errors";

/** Whatever Postgres takes for one. */
const UUID = /^\s*\{?([0-9a-f]{4}-?){8}\}?\s*$/i;
/** What programs say in their own words: an id in it names nothing. */
const THEIRS = new Set(["config"]);

/**
 * For who may not know of all projects: whatever id a call names, in its path, query or body, must not be of a row of
 * one of the others. Asked of every call, before its handler, so that no verb has to. Ids of no row are the verb's to
 * refuse. Errors: `not_found`.
 */
export async function requireReach(ctx: Context, ...asked: unknown[]): Promise<void> {
  if (!isLimited(ctx)) return;
  const ids = new Set<string>();
  for (const part of asked) collect(part, ids);
  for (const [id, project] of await projectsOf(ctx, [...ids]))
    if (!reaches(ctx, project)) throw new EtalonError("not_found", `"${id}" was not found in this team`);
}

function collect(value: unknown, ids: Set<string>): void {
  if (typeof value === "string") {
    if (UUID.test(value)) ids.add(hexOf(value));
  } else if (Array.isArray(value)) {
    if (typeof value[0] !== "number") for (const inner of value) collect(inner, ids);
  } else if (typeof value === "object" && value !== null && isPlain(value)) {
    for (const [key, inner] of Object.entries(value)) if (!THEIRS.has(key)) collect(inner, ids);
  }
}

/** An id's digits alone. */
function hexOf(id: string): string {
  return id.replace(/[^0-9a-f]/gi, "").toLowerCase();
}

/** Neither bytes nor a stream. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The project of a row by the digits of the row's id; no row ever changes its project. */
const projects = new Map<string, string>();
const MOST_KNOWN = 100_000;

/** The projects of those ids that are of rows of one; other calls may forget what is remembered meanwhile. */
async function projectsOf(ctx: Context, ids: string[]): Promise<Map<string, string>> {
  const known = new Map(ids.flatMap((id) => (projects.has(id) ? [[id, projects.get(id)!] as const] : [])));
  const asked = ids.filter((id) => !known.has(id));
  if (asked.length === 0) return known;
  const found = await ctx.sql.unsafe<{ id: string; project: string }[]>(OF_ID, [asked]);
  if (projects.size + found.length > MOST_KNOWN) projects.clear();
  for (const { id, project } of found) {
    known.set(hexOf(id), project);
    projects.set(hexOf(id), project);
  }
  return known;
}

/** Over every table whose rows have an id and a project, those to come too. */
const OF_ID = [
  'select id, id as project from "projects" where id = any($1::uuid[])',
  ...Object.values(schema)
    .filter((table) => is(table, PgTable))
    .filter((table) => {
      const columns = getTableColumns(table) as Record<string, unknown>;
      return is(columns.id, PgUUID) && "projectId" in columns;
    })
    .map((table) => `select id, project_id from "${getTableConfig(table).name}" where id = any($1::uuid[])`),
].join(" union all ");
