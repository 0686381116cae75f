import type postgres from "postgres";
import { inBackground, type Pass } from "@/server/background";
import { compactRun } from "./compact";
import { repairOverlaps } from "./repair";

/** A run is due when its inbox holds this much, or its oldest batch has waited this long, or it has ended. */
const DUE_SEGMENTS = 256;
const DUE_POINTS = 60_000;
const DUE_SECONDS = 3;
const EVERY_MS = 500;
const RUNS_A_PASS = 200;
const FOLD_EVERY_MS = 60_000;
/** A run that cannot be compacted is left alone for a pause that doubles from the first to the second. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

/** Runs of which the last pass failed. */
type Failing = Map<string, { until: number; pause: number }>;

/** Compacts due runs until the returned function is called, which resolves when the pass under way is through. */
export function startCompactor(sql: postgres.Sql, log: (line: string) => void): () => Promise<void> {
  let repaired = false;
  let folded = 0;
  const failing: Failing = new Map();
  const pass = async (means: Pass) => {
    if (!repaired) await repairOverlaps(sql, log).catch(means.complain);
    repaired = true;
    if (Date.now() - folded > FOLD_EVERY_MS) {
      folded = Date.now();
      await foldLedger(sql).catch(means.complain);
    }
    return (await compactDue(sql, failing, means)) > 0;
  };
  return inBackground(pass, { everyMs: EVERY_MS, failure: "points not compacted", log }).stop;
}

/** One pass over the runs that are due, the longest waiting first. Resolves to the number of points moved. */
async function compactDue(sql: postgres.Sql, failing: Failing, { stopped, complain }: Pass): Promise<number> {
  const resting = [...failing].filter(([, f]) => f.until > performance.now()).map(([id]) => id);
  const due = await sql<{ run_id: string }[]>`
    select s.run_id from (
      select run_id, count(*) as segments, sum(points) as points, min(at) as oldest from metric_segments
      where not run_id = any(${resting}::uuid[]) group by run_id
    ) s left join runs r on r.id = s.run_id
    where s.segments >= ${DUE_SEGMENTS} or s.points >= ${DUE_POINTS} or s.oldest < now() - make_interval(secs => ${DUE_SECONDS})
      or r.finished_at is not null
    order by s.oldest limit ${RUNS_A_PASS}`;
  const unsealed = await sql<{ run_id: string }[]>`
    select id as run_id from runs where not sealed and finished_at is not null
      and not id = any(${resting}::uuid[]) order by finished_at limit ${RUNS_A_PASS}`;
  let moved = 0;
  for (const { run_id } of [...due, ...unsealed]) {
    if (stopped()) break;
    try {
      moved += await compactRun(sql, run_id);
      failing.delete(run_id);
    } catch (e) {
      rest(failing, run_id);
      complain(new Error(`run ${run_id}: ${(e as Error).message}`));
    }
  }
  return moved;
}

/** One run that cannot be compacted must neither fill the log nor keep the others waiting. */
function rest(failing: Failing, runId: string): void {
  const before = failing.get(runId);
  const pause = before ? Math.min(LONGEST_PAUSE_MS, 2 * before.pause) : FIRST_PAUSE_MS;
  failing.set(runId, { until: performance.now() + pause, pause });
}

/**
 * Ledger rows older than ten minutes become ranges. Statements that check the ledger are never that old, so none can
 * have a snapshot from before the row was written and miss the range as well.
 */
export async function foldLedger(sql: postgres.Sql, olderThanSeconds = 600): Promise<void> {
  await sql`
    with old as (
      delete from ingest_batches
      where at < now() - make_interval(secs => ${olderThanSeconds}) and pg_try_advisory_xact_lock(7205759403792795)
      returning run_id, writer, seq
    )
    insert into ingest_ledgers as l (run_id, writer, seqs)
    select run_id, writer, range_agg(int8range(seq, seq, '[]')) from old group by run_id, writer order by run_id, writer
    on conflict (run_id, writer) do update set seqs = l.seqs + excluded.seqs`;
}
