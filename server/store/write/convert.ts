import { oneAtATime } from "@/db/one-at-a-time";
import type { Context } from "@/server/context";
import { storeBatch } from "./batch";

const POINTS_A_BATCH = 5_000;

interface OldPoints {
  run_id: string;
  team_id: string;
  metric: string;
  steps: number[];
  values: number[];
  tokens: (number | null)[];
  times: (number | null)[];
}

/**
 * Moves points of version 0.1, a row each, into the store and drops their table; nothing where there is none. It can be
 * killed and begun again: batches are numbered by content, so none counts twice.
 */
export function convertPoints(ctx: Context, log: (line: string) => void): Promise<void> {
  return oneAtATime(ctx.sql, "etalon points of an earlier version", () => convert(ctx, log));
}

async function convert(ctx: Context, log: (line: string) => void): Promise<void> {
  const [table] = await ctx.sql`select to_regclass('metric_points_before_chunks') is not null as there`;
  if (!table?.there) return;
  log("moving the points of an earlier version into the new store");
  const rows = ctx.sql<OldPoints[]>`
    select p.run_id, r.team_id, p.metric, array_agg(p.step::float8 order by p.step) as steps,
      array_agg(p.value order by p.step) as values, array_agg(p.tokens order by p.step) as tokens,
      array_agg(extract(epoch from p.time)::float8 * 1000 order by p.step) as times
    from metric_points_before_chunks p join runs r on r.id = p.run_id group by p.run_id, r.team_id, p.metric`.cursor(
    10,
  );
  for await (const group of rows) for (const row of group) await move(ctx, row);
  await ctx.sql`drop table metric_points_before_chunks`;
}

async function move(ctx: Context, row: OldPoints): Promise<void> {
  for (let from = 0; from < row.steps.length; from += POINTS_A_BATCH) {
    const part = (column: (number | null)[]) =>
      Float64Array.from(column.slice(from, from + POINTS_A_BATCH), (v) => v ?? Number.NaN);
    const known = (column: (number | null)[]) => (part(column).every(Number.isNaN) ? null : part(column));
    const [tokens, times] = [known(row.tokens), known(row.times)];
    const series = [{ metric: row.metric, steps: part(row.steps), values: part(row.values), tokens, times }];
    const batch = { writer: `before chunks ${row.metric}`, seq: from, rewindTo: null, series };
    await storeBatch({ ...ctx, teamId: row.team_id }, row.run_id, batch);
  }
}
