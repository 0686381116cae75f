import { logLinesSchema } from "@/lib/protocol";
import { EtalonError } from "../../errors";
import { appendLog, readLog } from "../../services/run";
import { call } from "../door/call";

const MOST_LINES = 5_000;

export const logs = call("POST", "/api/v1/runs/{id}/logs", {
  access: "ingest",
  summary: "Store log lines; a line number sent again replaces the line",
  body: logLinesSchema,
  answer: "{accepted}",
  handle: ({ ctx, params, body }) => appendLog(ctx, { runId: params.id, ...body }),
});

export const readLogs = call("GET", "/api/v1/runs/{id}/logs", {
  access: "read",
  summary: "Log lines after a line, or the last ones",
  query: { after: "line number", limit: `at most ${MOST_LINES}` },
  answer: "{lines}",
  handle: async ({ ctx, params, query }) => {
    const [after, limit] = [lineIn(query, "after"), lineIn(query, "limit")];
    return { lines: await readLog(ctx, { runId: params.id, after, limit: limit && Math.min(limit, MOST_LINES) }) };
  },
});

function lineIn(query: URLSearchParams, field: string): number | undefined {
  const text = query.get(field);
  if (text === null) return undefined;
  const line = Math.trunc(Number(text));
  if (line >= 0 && line <= Number.MAX_SAFE_INTEGER) return line;
  throw new EtalonError("invalid", `${field} is not a line number`, [{ field, message: text }]);
}
