import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { authorise, type Context } from "@/server/context";
import { everyPoint } from "@/server/store";
import { csvCell } from "../csv";

export interface ExportedRun {
  id: string;
  name: string;
}

const HEAD = "run_id,run_name,metric,step,tokens,time_ms,value\n";

/**
 * Every visible point of the runs as CSV, a row a point, numbers to the last digit; runs of other teams are left out.
 */
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

async function* parts(ctx: Context, runs: readonly ExportedRun[]) {
  authorise(ctx, "read");
  for (const run of runs) for await (const part of everyPoint(ctx, run.id)) yield { run, ...part };
}
