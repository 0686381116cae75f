import type postgres from "postgres";
import { earliest } from "@/lib/series";
import { unpack } from "../format/codec";
import { decodeSegment } from "../format/segment";

/** The earliest time of any point of each run, whichever metric and step it has; runs without times are left out. */
export async function startTimes(sql: postgres.Sql, runIds: readonly string[]): Promise<Map<string, number>> {
  // The inbox first: what is compacted meanwhile is then in the run's row.
  const waiting = await sql<{ run_id: string; data: Buffer }[]>`
    select run_id, data from metric_segments where run_id = any(${runIds}::uuid[])`;
  const stored = await sql<{ id: string; first_time: number | null }[]>`
    select id, first_time from runs where id = any(${runIds}::uuid[])`;
  const starts = new Map(stored.flatMap((r) => (r.first_time === null ? [] : [[r.id, r.first_time]])));
  const note = (runId: string, time: number | null) => {
    if (time !== null && time < (starts.get(runId) ?? Number.POSITIVE_INFINITY)) starts.set(runId, time);
  };
  // Runs that were compacted by a version that did not keep it.
  for (const { id, first_time } of stored) if (first_time === null) note(id, await earliestStored(sql, id));
  for (const { run_id, data } of waiting) for (const s of decodeSegment(data)) note(run_id, earliest(s.times));
  return starts;
}

async function earliestStored(sql: postgres.Sql, runId: string): Promise<number | null> {
  const axes = await sql<{ points: number; times: Buffer }[]>`
    select points, times from metric_axes where run_id = ${runId} and times is not null`;
  return earliest(Float64Array.from(axes.flatMap((a) => earliest(unpack(a.times, a.points)) ?? [])));
}
