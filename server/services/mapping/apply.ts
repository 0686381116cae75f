import { and, asc, eq, gt, inArray, notInArray, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import {
  configLookup,
  configNames,
  type MappedValues,
  type Mapping,
  type Reader,
  readersOf,
  valuesOf,
} from "@/lib/mapping";
import type { Context } from "@/server/context";
import { STORED_DIMENSIONS } from "../run/internal";

/** A foreign run under a mapping: the columns it gives, and what could not be read. */
export type MappedRun = {
  id: string;
  name: string;
  values: Partial<MappedValues>;
  problems: { dimension: string; value: string; message: string }[];
};

/** Our own trainer and tables say themselves what their runs are; only runs of other programs are mapped. */
const OWN_SOURCES = ["trainer", "table"];
/** Runs of one statement: short enough that whoever waits for one of their rows does not notice. */
const CHUNK = 2_000;

/**
 * Dimensions of the foreign runs of a project under a mapping, some at a time in the order of their ids; nothing is
 * stored.
 */
export async function* mapRuns(
  ctx: Context,
  projectId: string,
  mapping: Mapping,
  ids?: string[],
): AsyncGenerator<MappedRun[]> {
  for (let after: string | null = null; ; ) {
    const rows: { id: string; name: string; config: Record<string, unknown> }[] = await ctx.db
      .select({ id: runs.id, name: runs.name, config: runs.config })
      .from(runs)
      .where(
        and(
          eq(runs.teamId, ctx.teamId),
          eq(runs.projectId, projectId),
          notInArray(runs.source, OWN_SOURCES),
          ids ? inArray(runs.id, ids) : undefined,
          after ? gt(runs.id, after) : undefined,
        ),
      )
      .orderBy(asc(runs.id))
      .limit(CHUNK);
    if (rows.length > 0) yield rows.map(({ id, name, config }) => ({ id, name, ...mapConfig(config, mapping) }));
    after = rows.at(-1)?.id ?? null;
    if (rows.length < CHUNK) return;
  }
}

export function mapConfig(config: Record<string, unknown>, mapping: Mapping): Pick<MappedRun, "values" | "problems"> {
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

/**
 * Stores what the runs' own programs reported, and beside it what the mapping derives; what neither knows becomes
 * unknown. One statement that locks the runs in the order of their ids.
 */
export async function storeDimensions(ctx: Context, mapped: readonly MappedRun[]): Promise<void> {
  const derived = mapped.map(({ id, values }) => ({ id, derived: columnsOf(values) }));
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
