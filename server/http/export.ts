import { exportPointsSchema } from "@/lib/protocol";
import type { Context } from "../context";
import { EtalonError } from "../errors";
import { exportCsv, exportParquet } from "../services/metric";
import { runsToExport } from "../services/run";
import { endpoint } from "./endpoint";
import { uuidIn } from "./query-id";
import { textStream } from "./stream";

type Format = "csv" | "parquet";

const TYPES = { csv: "text/csv; charset=utf-8", parquet: "application/vnd.apache.parquet" } as const;

/** All points of one run. */
export const ofRun = endpoint({
  access: "read",
  handle: async ({ ctx, params, request }) => {
    const format = formatOf(new URL(request.url).searchParams.get("format"));
    return download(ctx, await runsToExport(ctx, { runIds: [params.id!] }), format);
  },
});

/** All points of chosen runs, or of those that a filter lets through. */
export const ofSelection = endpoint({
  access: "read",
  body: exportPointsSchema,
  handle: async ({ ctx, body }) => download(ctx, await runsToExport(ctx, body), body.format),
});

/** The same for a link on a page. */
export const ofPage = endpoint({
  access: "session",
  handle: async ({ ctx, request }) => {
    const query = new URL(request.url).searchParams;
    const runIds = query.get("runs")?.split(",").filter(Boolean);
    const [project, filter] = [query.get("project") ?? undefined, query.get("filter") ?? undefined];
    const [selection, sweepId] = [uuidIn(query, "selection"), uuidIn(query, "sweep")];
    const runs = await runsToExport(ctx, { runIds, selection, sweepId, project, filter });
    return download(ctx, runs, formatOf(query.get("format")));
  },
});

function formatOf(format: string | null): Format {
  if (format === null) return "csv";
  if (format === "csv" || format === "parquet") return format;
  throw new EtalonError("invalid", `format "${format}" is unknown; use csv or parquet`, [
    { field: "format", message: format },
  ]);
}

function download(ctx: Context, runs: { id: string; name: string }[], format: Format): Response {
  const parts = format === "csv" ? exportCsv(ctx, runs) : exportParquet(ctx, runs);
  const name = runs.length === 1 ? "run" : `${runs.length}-runs`;
  return textStream(parts, {
    "content-type": TYPES[format],
    "content-disposition": `attachment; filename="etalon-${name}.${format}"`,
  });
}
