import { LEASE_SECONDS } from "@/lib/protocol";
import { speedAt } from "@/lib/sweep";
import type { Context } from "@/server/context";

export interface SweepProgress {
  queued: number;
  running: number;
  finished: number;
  diverged: number;
  failed: number;
  canceled: number;
  total: number;
  /** Share of the work in tokens that is done, 0 to 1. */
  doneFraction: number;
  /** Null when no worker is online or nothing is left to do. */
  secondsLeft: number | null;
  onlineSlots: number;
}

interface JobRow {
  sweep_id: string;
  state: string;
  width: number;
  cost: number;
  /** Of ended jobs that one lease trained from start to end: what they cost and how long they took. */
  paced_cost: number | null;
  seconds: number | null;
  /** Tokens that running jobs have trained, as far as their points say. */
  trained: number | null;
}

interface OnlineWorker {
  slots: number;
  tokens_per_s: Record<string, number>;
}

/** Progress by sweep id; time left from the pace of the jobs that have ended, else from the workers' measured speed. */
export async function progressOf(ctx: Context, sweepIds: string[]): Promise<Map<string, SweepProgress>> {
  const runCounts = await ctx.sql<{ sweep_id: string; state: string; diverged: boolean; n: number }[]>`
    select sweep_id, state, diverged, count(*)::int as n from runs
    where sweep_id = any(${sweepIds}::uuid[]) and team_id = ${ctx.teamId} group by 1, 2, 3`;
  const jobRows = await ctx.sql<JobRow[]>`
    select j.sweep_id, j.state, j.width, sum(j.cost_tokens)::float8 as cost,
           sum(j.cost_tokens) filter (where j.leases = 1)::float8 as paced_cost,
           sum(extract(epoch from j.finished_at - j.started_at)) filter (where j.leases = 1)::float8 as seconds,
           sum(case when j.state = 'running' then least(j.cost_tokens,
             (select max(r.last_tokens) from runs r where r.job_id = j.id)) end)::float8 as trained
    from jobs j where j.sweep_id = any(${sweepIds}::uuid[]) and j.team_id = ${ctx.teamId} group by 1, 2, 3`;
  const online = await ctx.sql<OnlineWorker[]>`
    select slots, tokens_per_s from workers where team_id = ${ctx.teamId} and stopped_at is null
      and last_seen_at > now() - make_interval(secs => ${LEASE_SECONDS})`;
  const slots = online.reduce((n, w) => n + w.slots, 0);
  return new Map(
    sweepIds.map((id) => {
      const counts = runCounts.filter((r) => r.sweep_id === id);
      const jobsOf = jobRows.filter((r) => r.sweep_id === id);
      return [id, { ...countStates(counts), ...workLeft(jobsOf, online), onlineSlots: slots }];
    }),
  );
}

function countStates(rows: { state: string; diverged: boolean; n: number }[]) {
  const sum = (test: (r: { state: string; diverged: boolean }) => boolean) =>
    rows.filter(test).reduce((n, r) => n + r.n, 0);
  return {
    queued: sum((r) => r.state === "queued"),
    running: sum((r) => r.state === "running"),
    finished: sum((r) => r.state === "finished"),
    diverged: sum((r) => r.diverged),
    failed: sum((r) => r.state === "failed" || r.state === "crashed"),
    canceled: sum((r) => r.state === "canceled"),
    total: sum(() => true),
  };
}

/** A slot's speed is what ended jobs of the width took, else the mean of what the workers' slots measured. */
function workLeft(rows: JobRow[], online: readonly OnlineWorker[]) {
  const slots = online.reduce((n, w) => n + w.slots, 0);
  const speedOf = (width: number): number => {
    const done = rows.find((r) => r.width === width && r.state === "finished");
    if (done?.seconds && done.paced_cost) return done.paced_cost / done.seconds;
    return slots > 0 ? online.reduce((sum, w) => sum + w.slots * speedAt(w.tokens_per_s, width), 0) / slots : 0;
  };
  let doneTokens = 0;
  let totalTokens = 0;
  let secondsOfWork = 0;
  for (const r of rows) {
    totalTokens += r.cost;
    const open = r.state === "queued" || r.state === "running";
    const done = open ? Math.min(r.cost, r.trained ?? 0) : r.cost;
    doneTokens += done;
    const speed = speedOf(r.width);
    if (open && speed > 0 && Number.isFinite(speed)) secondsOfWork += (r.cost - done) / speed;
  }
  const left = totalTokens - doneTokens;
  return {
    doneFraction: totalTokens > 0 ? doneTokens / totalTokens : 0,
    secondsLeft: slots > 0 && left > 0 ? secondsOfWork / slots : null,
  };
}
