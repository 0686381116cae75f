import { createHash } from "node:crypto";
import { and, asc, eq, gt, inArray, notInArray, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import {
  configLookup,
  configNames,
  type MappedValues,
  type Mapping,
  type Reader,
  readersOf,
  recipeOf,
  valuesOf,
} from "@/lib/mapping";
import type { Context } from "@/server/context";
import { STORED_DIMENSIONS } from "../run/internal";

/** How the configs of a project's runs are read: no mapping where none was saved. */
export type Rules = { mapping: Mapping | null; ignored: readonly string[] };

/** A run under a project's rules: the columns that its config gives, and what could not be read. */
export type MappedRun = {
  id: string;
  name: string;
  source: string;
  values: Partial<MappedValues>;
  recipe: string | null;
  problems: { dimension: string; value: string; message: string }[];
};

/** Our own trainer and tables say themselves what their runs are; only runs of other programs are mapped. */
const OWN_SOURCES = ["trainer", "table"];
/** Runs of one statement: short enough that whoever waits for one of their rows does not notice. */
const CHUNK = 2_000;

/**
 * Dimensions and recipes of the runs of a project, some at a time in the order of their ids; nothing is stored. Rows of
 * tables have no config but what the table says; a run of our own trainer has its recipe alone.
 */
export async function* mapRuns(
  ctx: Context,
  projectId: string,
  rules: Rules,
  { ids, foreign }: { ids?: string[]; foreign?: boolean } = {},
): AsyncGenerator<MappedRun[]> {
  for (let after: string | null = null; ; ) {
    const rows: Stored[] = await ctx.db
      .select({ id: runs.id, name: runs.name, source: runs.source, config: runs.config, reported: runs.reported })
      .from(runs)
      .where(
        and(
          eq(runs.teamId, ctx.teamId),
          eq(runs.projectId, projectId),
          notInArray(runs.source, foreign ? OWN_SOURCES : ["table"]),
          ids ? inArray(runs.id, ids) : undefined,
          after ? gt(runs.id, after) : undefined,
        ),
      )
      .orderBy(asc(runs.id))
      .limit(CHUNK);
    if (rows.length > 0) yield rows.map((row) => mapRun(row, rules));
    after = rows.at(-1)?.id ?? null;
    if (rows.length < CHUNK) return;
  }
}

type Stored = Pick<typeof runs.$inferSelect, "id" | "name" | "source" | "config" | "reported">;

function mapRun({ id, name, source, config, reported }: Stored, { mapping, ignored }: Rules): MappedRun {
  const own = OWN_SOURCES.includes(source);
  const { values, problems } = own || !mapping ? { values: {}, problems: [] } : mapConfig(config, mapping);
  const peakLr = Number(reported.peakLr ?? values.peakLr);
  const recipe = values.recipe ?? recipeHash(config, { mapping, ignored }, { own, peakLr });
  return { id, name, source, values, recipe, problems };
}

/** The name of a recipe: the same for the same keys and values; null for an empty config. */
export function recipeHash(
  config: Record<string, unknown>,
  { mapping, ignored }: Rules,
  of: { own: boolean; peakLr?: number },
): string | null {
  const recipe = recipeOf(config, { mapping: mapping ?? {}, ignored, ...of });
  return recipe && createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
}

function mapConfig(config: Record<string, unknown>, mapping: Mapping): Pick<MappedRun, "values" | "problems"> {
  const { readers, problems } = readersOf(mapping, configNames(config));
  const mapped = new Map<Parameters<typeof readers.get>[0], Reader>([...readers].filter(([, r]) => !r.implicit));
  const read = valuesOf(mapped, configLookup(config));
  const values = Object.fromEntries([...mapped.keys()].map((d) => [d, read.values[d]]));
  return {
    values,
    problems: [
      ...problems.map(({ dimension, text, message }) => ({ dimension, value: text, message })),
      ...read.problems,
    ],
  };
}

/** Stores what the rules derive; one statement a kind, which locks the runs in the order of their ids. */
export async function storeDerived(ctx: Context, rules: Rules, derived: readonly MappedRun[]): Promise<void> {
  const isMapped = (run: MappedRun) => rules.mapping !== null && !OWN_SOURCES.includes(run.source);
  await storeDimensions(ctx, derived.filter(isMapped));
  await storeRecipes(
    ctx,
    derived.filter((run) => !isMapped(run)),
  );
}

async function storeRecipes(ctx: Context, mapped: readonly MappedRun[]): Promise<void> {
  if (mapped.length === 0) return;
  const derived = mapped.map(({ id, recipe }) => ({ id, recipe }));
  await ctx.db.execute(sql`
    with d as (
      select * from json_to_recordset(${JSON.stringify(derived)}::json) as t (id uuid, recipe text)
    ), locked as materialized (
      select id from runs where team_id = ${ctx.teamId} and id in (select id from d) order by id for no key update
    )
    update runs r set recipe = coalesce(r.reported ->> 'recipe', d.recipe)
    from d join locked on locked.id = d.id
    where r.id = d.id and r.recipe is distinct from coalesce(r.reported ->> 'recipe', d.recipe)`);
}

/**
 * What the runs' own programs reported, and beside it what the mapping derives; what neither knows becomes unknown.
 */
async function storeDimensions(ctx: Context, mapped: readonly MappedRun[]): Promise<void> {
  if (mapped.length === 0) return;
  const derived = mapped.map(({ id, values, recipe }) => ({ id, derived: columnsOf({ ...values, recipe }) }));
  const set = sql.join(
    COLUMNS.map(({ name, type, column }) => {
      const of = (from: string) => sql.raw(`(${from} ->> '${name}')::${type}`);
      return sql`${sql.identifier(column)} = coalesce(${of("r.reported")}, ${of("d.derived")})`;
    }),
    sql`, `,
  );
  await ctx.db.execute(sql`
    with d as (
      select * from json_to_recordset(${JSON.stringify(derived)}::json) as t (id uuid, derived json)
    ), locked as materialized (
      select id from runs where team_id = ${ctx.teamId} and id in (select id from d) order by id for no key update
    )
    update runs r set ${set},
      batch_seqs = coalesce((r.reported ->> 'batchSeqs')::int8, (d.derived ->> 'batchSeqs')::int8, case when b.seqs < 9e15 then greatest(1, b.seqs)::int8 end),
      diverged = coalesce((r.reported ->> 'diverged')::boolean, (d.derived ->> 'diverged')::boolean, false)
        or coalesce(coalesce((r.reported ->> 'finalLoss')::float8, (d.derived ->> 'finalLoss')::float8)
          in ('NaN', 'Infinity', '-Infinity'), false),
      updated_at = ${ctx.now().toISOString()}
    from d join locked on locked.id = d.id join runs own on own.id = d.id
      cross join lateral (select round((d.derived ->> 'batchTokens')::float8
        / coalesce((own.reported ->> 'seqLen')::float8, (d.derived ->> 'seqLen')::float8, 1)) as seqs) b
    where r.id = d.id`);
}

/** Columns that a mapping can give; the batch may come in tokens and has a rule of its own. */
const COLUMNS = STORED_DIMENSIONS.filter(({ name }) => name !== "batchSeqs");

/** What a mapping read, by column; whole numbers are whole there, and one that no column holds is unknown. */
function columnsOf({ batchTokens, diverged, ...values }: Partial<MappedValues>): Record<string, unknown> {
  const whole = (n: number) => (Number.isSafeInteger(Math.round(n)) ? Math.round(n) : null);
  const stored = (value: unknown, type: string) => {
    if (typeof value !== "number") return value;
    return type === "int8" ? whole(value) : Number.isFinite(value) ? value : String(value);
  };
  return {
    ...Object.fromEntries(STORED_DIMENSIONS.map(({ name, type }) => [name, stored(values[name], type)])),
    batchTokens,
    diverged: diverged == null ? null : diverged === 1,
  };
}
