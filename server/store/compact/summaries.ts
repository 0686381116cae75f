import type postgres from "postgres";
import { joined, type Summary } from "@/lib/series";
import { literals } from "./chunks";

/** As it is stored: of the compacted points. */
export interface SummaryRow {
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

export function summaryOf(r: SummaryRow): Summary {
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
