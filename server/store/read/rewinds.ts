import { NO_POINTS } from "@/lib/series";
import { EtalonError, notFound } from "@/server/errors";
import { compactRun } from "../compact/compact";
import { type Asker, metricsOf } from "./names";
import { readHidden } from "./points";
import { asSeries, type Series } from "./series";

export interface Rewind {
  /** Counts from 1 in a run. */
  no: number;
  /** What lay after this step was hidden. */
  step: number;
  at: Date;
}

/** The times that a run went back to an earlier step, in order. Errors: `not_found`. */
export async function rewindsOf(ctx: Asker, runId: string): Promise<Rewind[]> {
  await requireRun(ctx, runId);
  await numberRewinds(ctx, runId);
  const rows = await ctx.sql<{ no: number; step: number; at: string }[]>`
    select no, step::float8 as step, at from metric_rewinds where run_id = ${runId} order by no`;
  return rows.map((r) => ({ ...r, at: new Date(r.at) }));
}

/**
 * The points of one metric that a rewind hid: nothing that was sent is thrown away.
 * Errors: `not_found` for a run or a rewind that is not there, `invalid` for a number that is none.
 */
export async function hiddenSeries(
  ctx: Asker,
  { runId, rewind, metric }: { runId: string; rewind: number; metric: string },
): Promise<Series> {
  if (!(Number.isInteger(rewind) && rewind > 0)) {
    throw new EtalonError("invalid", "rewind is the number of one of the run's rewinds, from 1", [
      { field: "rewind", message: String(rewind) },
    ]);
  }
  const known = await rewindsOf(ctx, runId);
  if (!known.some((r) => r.no === rewind)) throw notFound("rewind", String(rewind));
  const [named] = await metricsOf(ctx, { runIds: [runId], metric });
  const points = named ? await readHidden(ctx.sql, { ...named, hiddenBy: rewind }) : NO_POINTS;
  return asSeries(runId, points);
}

const WAIT_MS = 20;
const MOST_WAITS = 250;

/** A rewind has its number once it has left the inbox; a pass of the compaction goes as far as the next one. */
async function numberRewinds(ctx: Asker, runId: string): Promise<void> {
  for (let wait = 0; wait < MOST_WAITS; wait++) {
    const [{ waiting } = { waiting: 0 }] = await ctx.sql<{ waiting: number }[]>`
      select count(*)::int as waiting from metric_segments where run_id = ${runId} and rewind_to is not null`;
    if (waiting === 0) return;
    // 0 also where another process compacts the run just now.
    if ((await compactRun(ctx.sql, runId)) === 0) await new Promise((done) => setTimeout(done, WAIT_MS));
  }
  throw new EtalonError("too_many", "the run is being compacted; ask again in a few seconds");
}

async function requireRun(ctx: Asker, runId: string): Promise<void> {
  const [run] = await ctx.sql`select from runs where id = ${runId} and team_id = ${ctx.teamId}`;
  if (!run) throw notFound("run", runId);
}
