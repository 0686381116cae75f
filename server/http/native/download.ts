import type { Context } from "../../context";
import { EtalonError } from "../../errors";
import { exportCsv, exportParquet } from "../../services/metric";
import { Answer } from "../door/answer";

type Format = "csv" | "parquet";

const TYPES = { csv: "text/csv; charset=utf-8", parquet: "application/vnd.apache.parquet" } as const;

/** All points of these runs as a file. */
export function download(ctx: Context, runs: { id: string; name: string }[], format: Format): Answer {
  const parts = format === "csv" ? exportCsv(ctx, runs) : exportParquet(ctx, runs);
  const name = runs.length === 1 ? "run" : `${runs.length}-runs`;
  return new Answer(parts, {
    "content-type": TYPES[format],
    "content-disposition": `attachment; filename="etalon-${name}.${format}"`,
  });
}

export function formatOf(format: string | null): Format {
  if (format === null) return "csv";
  if (format === "csv" || format === "parquet") return format;
  throw new EtalonError("invalid", `format "${format}" is unknown; use csv or parquet`, [
    { field: "format", message: format },
  ]);
}
