import { and, desc, eq, inArray, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { keyText, parseKey } from "@/lib/filter";
import { ExactNumber } from "@/lib/json";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { metricNames } from "@/server/store";
import { resolveProject } from "../project/internal";
import { columnOf } from "./where";

/** Configs of the newest runs that are looked through for keys, and how many keys and metrics are named. */
const RUNS_READ = 300;
const MOST_KEYS = 500;
const MOST_METRICS = 2_000;

/**
 * What the runs of a project can be filtered, sorted, grouped and coloured by besides their fields: keys of the configs
 * of its newest runs (as filter text, `config.optimizer.lr`), their tags, and the names of the project's metrics, all
 * sorted.
 */
export async function runKeys(
  ctx: Context,
  input: { project: string; sweepId?: string },
): Promise<{ config: string[]; metrics: string[]; tags: string[] }> {
  authorise(ctx, "read");
  const { id } = await resolveProject(ctx, input.project);
  const [configs, metrics] = await Promise.all([
    ctx.db
      .select({ config: runs.config, tags: runs.tags })
      .from(runs)
      .where(and(eq(runs.projectId, id), input.sweepId ? eq(runs.sweepId, input.sweepId) : undefined))
      .orderBy(desc(runs.createdAt))
      .limit(RUNS_READ),
    metricNames(ctx, id, MOST_METRICS),
  ]);
  const found = new Set<string>();
  for (const { config } of configs) collect(config, [], found);
  const tags = [...new Set(configs.flatMap((run) => run.tags))].sort().slice(0, MOST_KEYS);
  return { config: [...found].sort().slice(0, MOST_KEYS), metrics, tags };
}

/**
 * Values of keys for runs of the team, as text; null where a run has none. Unknown runs are left out.
 * Errors: `invalid` for a text that is no key.
 */
export async function runValues(
  ctx: Context,
  input: { runIds: string[]; keys: string[] },
): Promise<{ id: string; values: Record<string, string | null> }[]> {
  authorise(ctx, "read");
  if (input.keys.length === 0 || input.runIds.length === 0) return [];
  const chosen = input.keys.map((text) => {
    const key = parseKey(text);
    if (!key) throw new EtalonError("invalid", `"${text}" is not a key of runs`, [{ field: "keys", message: text }]);
    return sql`(${columnOf(key).value})::text`;
  });
  const rows = await ctx.db
    .select({ id: runs.id, values: sql<(string | null)[]>`json_build_array(${sql.join(chosen, sql`, `)})` })
    .from(runs)
    .where(and(inArray(runs.id, input.runIds), eq(runs.teamId, ctx.teamId)));
  return rows.map((r) => ({
    id: r.id,
    values: Object.fromEntries(input.keys.map((key, i) => [key, r.values[i] ?? null])),
  }));
}

/** Paths of a config's leaves, as filter keys. */
function collect(value: unknown, path: string[], into: Set<string>): void {
  if (into.size >= 10 * MOST_KEYS) return;
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)) {
    for (const [k, v] of Object.entries(value)) collect(v, [...path, k], into);
  } else if (path.length > 0) into.add(keyText({ kind: "config", path }));
}
