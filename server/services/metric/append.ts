import type postgres from "postgres";
import type { MetricBatch, MetricSeries } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "../event";

const LOSS = "train/loss";

/**
 * Stores one batch, all or nothing and exactly once: (run, writer, seq) is remembered for ever.
 * Returns the number of points accepted; 0 and `duplicate` for a batch that was stored before.
 */
export async function appendMetrics(ctx: Context, input: { runId: string; batch: MetricBatch }) {
  authorise(ctx, "ingest");
  const { runId, batch } = input;
  const series = batch.series.map(withoutRepeats);
  const points = batch.series.reduce((n, s) => n + s.steps.length, 0);
  const { projectId, ...answer } = await ctx.sql.begin(async (sql) => {
    // The row lock makes the batches of one run follow each other, so that two writers cannot deadlock.
    const [run] = await sql<{ project_id: string }[]>`
      select project_id from runs where id = ${runId} and team_id = ${ctx.teamId} for update`;
    if (!run) throw notFound("run", runId);
    const ledger = await sql`
      insert into ingest_batches (run_id, writer, seq, points) values (${runId}, ${batch.writer}, ${batch.seq}, ${points})
      on conflict do nothing returning 1`;
    if (ledger.length === 0) return { accepted: 0, duplicate: true, projectId: run.project_id };
    for (const s of series) await insertPoints(sql, runId, s);
    await touchRun(sql, runId, series);
    return { accepted: points, duplicate: false, projectId: run.project_id };
  });
  if (!answer.duplicate) await announce(ctx.db, [{ teamId: ctx.teamId, projectId, kind: "metrics", id: runId }]);
  return answer;
}

/** The last value of each step: one statement may not touch a row twice. */
function withoutRepeats(s: MetricSeries): MetricSeries {
  const last = new Map(s.steps.map((step, i) => [step, i]));
  if (last.size === s.steps.length) return s;
  const keep = [...last.values()];
  const pick = <T>(values: T[]) => keep.map((i) => values[i]!);
  return {
    metric: s.metric,
    steps: pick(s.steps),
    values: pick(s.values),
    ...(s.tokens && { tokens: pick(s.tokens) }),
    ...(s.times && { times: pick(s.times) }),
  };
}

async function insertPoints(sql: postgres.TransactionSql, runId: string, s: MetricSeries): Promise<void> {
  const nulls = () => s.steps.map(() => "NULL").join(",");
  await sql`
    insert into metric_points (run_id, metric, step, value, tokens, time)
    select ${runId}, ${s.metric}, step, value, tokens, to_timestamp(time / 1000)
    from unnest(
      ${`{${s.steps.join(",")}}`}::bigint[],
      ${`{${s.values.map(literal).join(",")}}`}::float8[],
      ${`{${s.tokens?.join(",") ?? nulls()}}`}::float8[],
      ${`{${s.times?.join(",") ?? nulls()}}`}::float8[]) as p (step, value, tokens, time)
    on conflict (run_id, metric, step) do update
    set value = excluded.value, tokens = excluded.tokens, time = excluded.time`;
}

/** The shortest text that reads back to the same bits, the sign of zero included. */
function literal(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Brings the run's newest step, tokens and loss up to date; a run that seemed dead is running again. */
async function touchRun(sql: postgres.TransactionSql, runId: string, series: MetricSeries[]): Promise<void> {
  let step = -1;
  let tokens: number | null = null;
  let loss: number | null = null;
  let lossStep = -1;
  for (const s of series) {
    s.steps.forEach((at, i) => {
      if (at > step) {
        step = at;
        tokens = s.tokens?.[i] ?? tokens;
      }
      if (s.metric === LOSS && at > lossStep) {
        lossStep = at;
        loss = s.values[i] ?? null;
      }
    });
  }
  if (step < 0) return;
  await sql`
    update runs set
      last_loss = case when ${loss}::text is not null and ${lossStep} >= coalesce(last_step, -1) then ${loss === null ? null : literal(loss)}::float8 else last_loss end,
      last_tokens = greatest(last_tokens, ${tokens}),
      last_step = greatest(last_step, ${step}),
      state = case when state in ('queued', 'crashed') then 'running' else state end,
      started_at = coalesce(started_at, now()),
      updated_at = now()
    where id = ${runId}`;
}
