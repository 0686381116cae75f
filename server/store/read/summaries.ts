import { group } from "d3-array";
import type postgres from "postgres";
import { ascending, concat, EMPTY_SUMMARY, joined, type Points, type Summary, summarise } from "@/lib/series";
import { type SummaryRow, summaryOf } from "../compact/summaries";
import { decodeSegment } from "../format/segment";
import { readPoints } from "./points";

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
