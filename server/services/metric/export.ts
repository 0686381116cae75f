import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { authorise, type Context } from "@/server/context";
import { csvCell } from "../csv";
import { readPoints } from "./read";

export interface ExportedRun {
  id: string;
  name: string;
}

/** Points read at once; an export holds no more of them in memory. */
const POINTS_A_READ = 250_000;

const HEAD = "run_id,run_name,metric,step,tokens,time_ms,value\n";

/** Every visible point of the runs as CSV, a row a point, numbers to the last digit; runs of other teams are left out. */
export async function* exportCsv(ctx: Context, runs: readonly ExportedRun[]): AsyncGenerator<string> {
  yield HEAD;
  for await (const { run, metric, points } of parts(ctx, runs)) {
    const start = `${run.id},${csvCell(run.name)},${csvCell(metric)},`;
    const lines: string[] = [];
    for (let i = 0; i < points.steps.length; i++) {
      const known = (c: Float64Array | null) => (c && !Number.isNaN(c[i]) ? csvCell(c[i]!) : "");
      lines.push(
        `${start}${points.steps[i]},${known(points.tokens)},${known(points.times)},${csvCell(points.values[i]!)}\n`,
      );
    }
    yield lines.join("");
  }
}

/** The same as Parquet, a row group a part. */
export async function* exportParquet(ctx: Context, runs: readonly ExportedRun[]): AsyncGenerator<Uint8Array> {
  const out = new ByteWriter();
  const writer = new ParquetWriter({ writer: out, schema: PARQUET_SCHEMA });
  for await (const { run, metric, points } of parts(ctx, runs)) {
    const n = points.steps.length;
    const known = (c: Float64Array | null) =>
      Array.from({ length: n }, (_, i) => (c && !Number.isNaN(c[i]) ? c[i]! : null));
    writer.write({
      rowGroupSize: n,
      columnData: [
        { name: "run_id", data: new Array(n).fill(run.id) },
        { name: "run_name", data: new Array(n).fill(run.name) },
        { name: "metric", data: new Array(n).fill(metric) },
        { name: "step", data: Array.from(points.steps, BigInt) },
        { name: "tokens", data: known(points.tokens) },
        { name: "time_ms", data: known(points.times) },
        { name: "value", data: points.values },
      ],
    });
    yield taken(out);
  }
  writer.finish();
  yield taken(out);
}

/** Hands out what was written so far; the writer goes on counting its offset from the start of the file. */
function taken(out: ByteWriter): Uint8Array {
  const bytes = out.getBytes().slice();
  out.index = 0;
  return bytes;
}

const optional = (name: string) => ({ name, type: "DOUBLE", repetition_type: "OPTIONAL" }) as const;
const text = (name: string) =>
  ({ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" }) as const;
const PARQUET_SCHEMA = [
  { name: "root", num_children: 7 },
  text("run_id"),
  text("run_name"),
  text("metric"),
  { name: "step", type: "INT64", repetition_type: "REQUIRED" } as const,
  optional("tokens"),
  optional("time_ms"),
  { name: "value", type: "DOUBLE", repetition_type: "REQUIRED" } as const,
];

/** Points of each run and metric in stretches of steps that hold at most so many. */
async function* parts(ctx: Context, runs: readonly ExportedRun[]) {
  authorise(ctx, "read");
  for (const run of runs) {
    const metrics = await ctx.sql<{ id: number; name: string }[]>`
      select m.id, m.name from metric_summaries s join metrics m on m.id = s.metric_id join runs r on r.id = s.run_id
      where s.run_id = ${run.id} and r.team_id = ${ctx.teamId} order by m.name`;
    for (const { id, name } of metrics) {
      for (const range of await stretches(ctx, run.id, id)) {
        const points = (await readPoints(ctx.sql, [{ runId: run.id, metricId: id }], BOTH, range)).get(run.id);
        if (points) yield { run, metric: name, points };
      }
    }
  }
}

const BOTH = { tokens: true, times: true };

/** Ranges of steps that cover all there is: cut where so many points of the chunks have gone by. */
async function stretches(ctx: Context, runId: string, metricId: number): Promise<{ from: number; to: number }[]> {
  const cuts = await ctx.sql<{ step: number }[]>`
    select max(last_step) as step from (
      select last_step, (sum(points) over (order by first_step) - 1) / ${POINTS_A_READ} as part
      from metric_chunks where run_id = ${runId} and metric_id = ${metricId} and hidden_by = 0
    ) c group by part order by 1`;
  const ends = [...cuts.slice(0, -1).map((c) => c.step), Number.MAX_SAFE_INTEGER];
  return ends.map((to, i) => ({ from: i === 0 ? 0 : ends[i - 1]! + 1, to }));
}
