import { exportPointsSchema } from "@/lib/protocol";
import { runsToExport } from "../../services/run";
import { call } from "../door/call";
import { download, formatOf } from "./download";

export const ofRun = call("GET", "/api/v1/runs/{id}/points", {
  access: "read",
  summary: "All points of a run",
  query: { format: "csv or parquet" },
  answer: "a row a point",
  answerType: "text/csv",
  handle: async ({ ctx, params, query }) => {
    const format = formatOf(query.get("format"));
    return download(ctx, await runsToExport(ctx, { runIds: [params.id] }), format);
  },
});

/** Of chosen runs, or of those that a filter lets through. */
export const ofSelection = call("POST", "/api/v1/points", {
  access: "read",
  summary: "All points of chosen runs",
  body: exportPointsSchema,
  answer: "a row a point",
  answerType: "text/csv",
  handle: async ({ ctx, body }) => download(ctx, await runsToExport(ctx, body), body.format),
});
