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
  jobs: number;
  seconds: number | null;
  elapsed: number | null;
}

/** Progress by sweep id; time left from the pace of the jobs that have ended, else from the workers' measured speed. */
export async function progressOf(ctx: Context, sweepIds: string[]): Promise<Map<string, SweepProgress>> {
  const runCounts = await ctx.sql<{ sweep_id: string; state: string; diverged: boolean; n: number }[]>`
    select sweep_id, state, diverged, count(*)::int as n from runs
    where sweep_id = any(${sweepIds}::uuid[]) and team_id = ${ctx.teamId} group by 1, 2, 3`;
  const jobRows = await ctx.sql<JobRow[]>`
    select sweep_id, state, width, sum(cost_tokens)::float8 as cost, count(*)::int as jobs,
           sum(extract(epoch from finished_at - started_at))::float8 as seconds,
           sum(extract(epoch from now() - started_at))::float8 as elapsed
    from jobs where sweep_id = any(${sweepIds}::uuid[]) and team_id = ${ctx.teamId} group by 1, 2, 3`;
  const online = await ctx.sql<{ slots: number; tokens_per_s: Record<string, number> }[]>`
    select slots, tokens_per_s from workers where team_id = ${ctx.teamId} and stopped_at is null
      and last_seen_at > now() - make_interval(secs => ${LEASE_SECONDS})`;
  const slots = online.reduce((n, w) => n + w.slots, 0);
  return new Map(
    sweepIds.map((id) => {
      const counts = runCounts.filter((r) => r.sweep_id === id);
      const jobsOf = jobRows.filter((r) => r.sweep_id === id);
      return [
        id,
        { ...countStates(counts), ...workLeft(jobsOf, slots, online[0]?.tokens_per_s ?? {}), onlineSlots: slots },
      ];
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

function workLeft(rows: JobRow[], slots: number, measured: Record<string, number>) {
  const speeds = { ...measured };
  for (const width of new Set(rows.map((r) => r.width))) {
    const done = rows.find((r) => r.width === width && r.state === "finished");
    if (done?.seconds) speeds[String(width)] = done.cost / done.seconds;
  }
  let doneTokens = 0;
  let totalTokens = 0;
  let secondsOfWork = 0;
  for (const r of rows) {
    totalTokens += r.cost;
    const open = r.state === "queued" || r.state === "running";
    if (!open) {
      doneTokens += r.cost;
      continue;
    }
    const speed = speedAt(speeds, r.width);
    const begun = r.state === "running" ? Math.min(r.cost, (r.elapsed ?? 0) * speed) : 0;
    doneTokens += Number.isFinite(begun) ? begun : 0;
    secondsOfWork += Number.isFinite(speed) ? (r.cost - begun) / speed : 0;
  }
  const left = totalTokens - doneTokens;
  return {
    doneFraction: totalTokens > 0 ? doneTokens / totalTokens : 0,
    secondsLeft: slots > 0 && left > 0 ? secondsOfWork / slots : null,
  };
}
