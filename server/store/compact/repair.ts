import { group } from "d3-array";
import type postgres from "postgres";
import { ascending, merged, type Points, slice } from "@/lib/series";
import { type ChunkMeta, chunkSizes, deleteChunks, loadChunks, writeChunks } from "./chunks";
import { dropAxes, lockChunks, touchRun } from "./compact";
import { refreshSummaries } from "./summaries";

/** What was found in a store, and mended where it can be. */
export interface StoreFindings {
  runs: number;
  chunks: number;
  /** Runs whose chunks overlapped: points counted twice, curves out of order. */
  doubledRuns: number;
  /** Points that were there twice; one of each pair is left. */
  doubledPoints: number;
  /** Of those, how many differed; the value of the chunk written last was kept. */
  differing: number;
  /** Runs whose summaries did not agree with their chunks. */
  summaries: number;
  /** Chunks that cannot be read or do not hold what their row says; left as they are. */
  damaged: number;
}

/** Repairs runs whose chunks overlap, as versions before 0.2 could leave them. A line each to `say`. */
export async function repairOverlaps(
  sql: postgres.Sql,
  say: (line: string) => void,
): Promise<Pick<StoreFindings, "doubledRuns" | "doubledPoints" | "differing">> {
  const total = { doubledRuns: 0, doubledPoints: 0, differing: 0 };
  const runs = await sql<{ run_id: string }[]>`
    select distinct run_id from (
      select run_id, first_step, max(last_step) over (partition by run_id, metric_id, hidden_by order by first_step
        rows between unbounded preceding and 1 preceding) as before
      from metric_chunks) c
    where before >= first_step order by run_id`;
  for (const { run_id } of runs) {
    const { doubled, differing } = await sql.begin((tx) => repairRun(tx, run_id));
    say(
      `run ${run_id}: ${doubled} doubled points removed, ${differing} of them differed: the value written last is kept`,
    );
    total.doubledRuns += 1;
    total.doubledPoints += doubled;
    total.differing += differing;
  }
  return total;
}

/** Repairs overlaps and summaries, and reads every chunk. A line for each finding to `say`. */
export async function checkStore(sql: postgres.Sql, say: (line: string) => void): Promise<StoreFindings> {
  const found = { runs: 0, chunks: 0, summaries: 0, damaged: 0, ...(await repairOverlaps(sql, say)) };
  let after: string | null = null;
  for (;;) {
    const [next]: { run_id: string }[] = await sql<{ run_id: string }[]>`
      select run_id from metric_chunks where ${after ? sql`run_id > ${after}` : sql`true`} order by run_id limit 1`;
    if (!next) return found;
    after = next.run_id;
    found.runs += 1;
    const { chunks, damaged, summaries } = await sql.begin((tx) => checkRun(tx, next.run_id, say));
    found.chunks += chunks;
    found.damaged += damaged;
    found.summaries += summaries;
  }
}

async function repairRun(tx: postgres.TransactionSql, runId: string): Promise<{ doubled: number; differing: number }> {
  await lockChunks(tx, runId);
  const out = { doubled: 0, differing: 0 };
  const metas = await metasOf(tx, runId);
  for (const of of group(metas, (m) => `${m.metric_id} ${m.hidden_by}`).values()) {
    for (const cluster of overlapping(of)) {
      const { metric_id: metricId, hidden_by: hiddenBy } = cluster[0]!;
      // Axes are numbered as they are written.
      const inOrder = [...cluster].sort((a, b) => a.axis_id - b.axis_id);
      const parts = await loadChunks(tx, runId, inOrder, hiddenBy);
      const points = merged(parts);
      out.doubled += parts.reduce((n, p) => n + p.steps.length, 0) - points.steps.length;
      out.differing += differing(parts);
      await deleteChunks(tx, runId, cluster, hiddenBy);
      await writeChunks(tx, runId, hiddenBy, pieces(points, metricId));
    }
  }
  await dropAxes(tx, runId);
  await refreshSummaries(tx, runId, null);
  await touchRun(tx, runId, [], new Map());
  return out;
}

type Meta = ChunkMeta & { hidden_by: number };

function metasOf(tx: postgres.TransactionSql, runId: string): Promise<Meta[]> {
  return tx<Meta[]>`
    select metric_id, hidden_by, first_step, last_step, points, axis_id from metric_chunks
    where run_id = ${runId} order by metric_id, hidden_by, first_step`;
}

/** Groups of chunks, in order of their first step, of which each meets another of its group. */
function overlapping(metas: readonly Meta[]): Meta[][] {
  const clusters: Meta[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const m of metas) {
    if (m.first_step <= end) clusters.at(-1)!.push(m);
    else clusters.push([m]);
    end = Math.max(end, m.last_step);
  }
  return clusters.filter((c) => c.length > 1);
}

/** Repeated points that are not equal to the one before at their step. */
function differing(parts: readonly Points[]): number {
  const values = new Map<number, number>();
  let n = 0;
  for (const { steps, values: all } of parts) {
    steps.forEach((step, i) => {
      if (values.has(step) && !Object.is(values.get(step), all[i])) n += 1;
      values.set(step, all[i]!);
    });
  }
  return n;
}

function pieces(points: Points, metricId: number): { metricId: number; points: Points }[] {
  const out = [];
  for (let i = 0; i < points.steps.length; i += chunkSizes.points) {
    out.push({ metricId, points: slice(points, i, Math.min(points.steps.length, i + chunkSizes.points)) });
  }
  return out;
}

async function checkRun(tx: postgres.TransactionSql, runId: string, say: (line: string) => void) {
  await lockChunks(tx, runId);
  const metas = await metasOf(tx, runId);
  let damaged = 0;
  for (const m of metas) {
    const problem = await loadChunks(tx, runId, [m], m.hidden_by).then(
      ([points]) => problemOf(m, points),
      (e: Error) => e.message,
    );
    if (!problem) continue;
    damaged += 1;
    say(`run ${runId}, metric ${m.metric_id}, steps ${m.first_step} to ${m.last_step}: ${problem}`);
  }
  const before = await summariesOf(tx, runId);
  await refreshSummaries(tx, runId, null);
  const summaries = before === (await summariesOf(tx, runId)) ? 0 : 1;
  if (summaries > 0) say(`run ${runId}: summaries made anew from its chunks`);
  return { chunks: metas.length, damaged, summaries };
}

function problemOf(m: Meta, points: Points | undefined): string | null {
  if (!points) return "it cannot be read";
  if (!ascending(points.steps)) return "its steps are out of order";
  if (points.steps[0] !== m.first_step || points.steps.at(-1) !== m.last_step)
    return "its steps are not those of its row";
  return null;
}

async function summariesOf(tx: postgres.TransactionSql, runId: string): Promise<string> {
  const rows = await tx`
    select metric_id, points, non_finite, last, last_step, min, min_step, max, max_step
    from metric_summaries where run_id = ${runId} order by metric_id`;
  return rows.map((r) => Object.values(r).map(String).join()).join("\n");
}
