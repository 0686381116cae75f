import { group } from "d3-array";
import type postgres from "postgres";
import { ascending, concat, EMPTY_SUMMARY, joined, type Points, type Summary, summarise } from "@/lib/series";
import { literals } from "./chunks";
import { readPoints } from "./read";
import { decodeSegment } from "./segment";

interface SummaryRow {
  metric_id: number;
  points: number;
  non_finite: number;
  last: number | null;
  last_step: number | null;
  min: number | null;
  min_step: number | null;
  max: number | null;
  max_step: number | null;
}

/**
 * Brings stored summaries up to date with the chunks: `appended` holds the summary of points that follow all others,
 * `rewritten` are made anew from the chunks' statistics; null makes all of the run's metrics anew.
 */
export async function refreshSummaries(
  tx: postgres.TransactionSql,
  runId: string,
  change: { rewritten: number[]; appended: Map<number, Summary> } | null,
): Promise<void> {
  if (change && change.appended.size > 0) await addToSummaries(tx, runId, change.appended);
  if (change && change.rewritten.length === 0) return;
  await tx`
    with named as (
      select metric_id from metric_summaries
      where run_id = ${runId} ${change ? tx`and metric_id = any(${change.rewritten}::int4[])` : tx``}
    ), counted as (
      select metric_id, sum(points) as points, sum(non_finite) as non_finite, max(last_step) as last_step,
        min(min) as min, max(max) as max
      from metric_chunks where run_id = ${runId} and hidden_by = 0 and metric_id in (select metric_id from named)
      group by metric_id
    )
    update metric_summaries s set points = coalesce(c.points, 0), non_finite = coalesce(c.non_finite, 0),
      last_step = c.last_step, min = c.min, max = c.max,
      last = (select k.last from metric_chunks k where k.run_id = ${runId} and k.metric_id = n.metric_id and k.hidden_by = 0
        order by k.first_step desc limit 1),
      min_step = (select min(k.min_step) from metric_chunks k
        where k.run_id = ${runId} and k.metric_id = n.metric_id and k.hidden_by = 0 and k.min = c.min),
      max_step = (select min(k.max_step) from metric_chunks k
        where k.run_id = ${runId} and k.metric_id = n.metric_id and k.hidden_by = 0 and k.max = c.max)
    from named n left join counted c using (metric_id)
    where s.run_id = ${runId} and s.metric_id = n.metric_id`;
}

/** One (run, metric) as it is now, the inbox included. */
export interface MetricSummary extends Summary {
  name: string;
}

/** Summaries of all metrics of a run that have points, by name; exact as of this moment. */
export async function readSummaries(sql: postgres.Sql, runId: string): Promise<MetricSummary[]> {
  const [rows, waiting] = await sql.begin("isolation level repeatable read read only", (tx) => [
    tx<(SummaryRow & { name: string })[]>`
      select m.name, s.* from metric_summaries s join metrics m on m.id = s.metric_id
      where s.run_id = ${runId} order by m.name`,
    tx<{ data: Buffer; rewind_to: number | null }[]>`
      select data, rewind_to from metric_segments where run_id = ${runId} order by id`,
  ]);
  const arrivals = group(
    waiting.flatMap((w) => decodeSegment(w.data)),
    (s) => s.metricId,
  );
  const rewound = waiting.some((w) => w.rewind_to !== null);
  const out: MetricSummary[] = [];
  for (const row of rows) {
    const summary =
      (!rewound && added(summaryOf(row), arrivals.get(row.metric_id))) || (await summaryNow(sql, runId, row));
    if (summary.points > 0) out.push({ name: row.name, ...summary });
  }
  return out;
}

/** The step after the last visible one of any of the run's metrics; 0 for a run without points. */
export async function nextStepOf(sql: postgres.Sql, runId: string): Promise<number> {
  const summaries = await readSummaries(sql, runId);
  return summaries.reduce((next, s) => Math.max(next, (s.lastStep ?? -1) + 1), 0);
}

/** The summary with what waits, where that follows everything stored in order; null where points must be looked at. */
function added(stored: Summary, parts: readonly Points[] | undefined): Summary | null {
  if (!parts) return stored;
  const { steps, values } = concat(parts);
  if (!ascending(steps) || steps[0]! <= (stored.lastStep ?? -1)) return null;
  return joined(stored, summarise({ steps, values }));
}

async function summaryNow(sql: postgres.Sql, runId: string, { metric_id: metricId }: SummaryRow): Promise<Summary> {
  const points = (await readPoints(sql, [{ runId, metricId }])).get(runId);
  return points ? summarise(points) : EMPTY_SUMMARY;
}

async function addToSummaries(
  tx: postgres.TransactionSql,
  runId: string,
  appended: Map<number, Summary>,
): Promise<void> {
  const rows = await tx<SummaryRow[]>`
    select * from metric_summaries where run_id = ${runId} and metric_id = any(${[...appended.keys()]}::int4[])`;
  const next = rows.map((r) => ({ metricId: r.metric_id, ...joined(summaryOf(r), appended.get(r.metric_id)!) }));
  const column = <K extends keyof (typeof next)[number]>(key: K) => next.map((n) => n[key]);
  await tx`
    update metric_summaries s set points = t.points, non_finite = t.non_finite, last = t.last, last_step = t.last_step,
      min = t.min, min_step = t.min_step, max = t.max, max_step = t.max_step
    from unnest(
      ${column("metricId")}::int4[], ${column("points")}::int8[], ${column("nonFinite")}::int8[],
      ${literals(column("last"))}::float8[], ${column("lastStep")}::int8[], ${literals(column("min"))}::float8[],
      ${column("minStep")}::int8[], ${literals(column("max"))}::float8[], ${column("maxStep")}::int8[]
    ) as t (metric_id, points, non_finite, last, last_step, min, min_step, max, max_step)
    where s.run_id = ${runId} and s.metric_id = t.metric_id`;
}

function summaryOf(r: SummaryRow): Summary {
  return {
    points: r.points,
    nonFinite: r.non_finite,
    last: r.last,
    lastStep: r.last_step,
    min: r.min,
    minStep: r.min_step,
    max: r.max,
    maxStep: r.max_step,
  };
}
