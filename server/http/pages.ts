import { z } from "zod";
import { seriesRequestSchema } from "@/lib/protocol";
import { EtalonError } from "../errors";
import { exportAudit } from "../services/audit";
import { exportRuns, runsToExport } from "../services/run";
import { Answer } from "./door/answer";
import { download, formatOf } from "./native/download";
import { seriesAnswer } from "./native/series-answer";
import { pageRoute } from "./page-route";

export const series = pageRoute({
  body: seriesRequestSchema,
  handle: ({ ctx, body, request }) => seriesAnswer(ctx, body, request.headers.get("accept") ?? undefined),
});

/** A link to all points of chosen runs. */
export const points = pageRoute({
  handle: async ({ ctx, query }) => {
    const runIds = query.get("runs")?.split(",").filter(Boolean);
    const [project, filter] = [query.get("project") ?? undefined, query.get("filter") ?? undefined];
    const [selection, sweepId] = [uuidIn(query, "selection"), uuidIn(query, "sweep")];
    const runs = await runsToExport(ctx, { runIds, selection, sweepId, project, filter });
    return download(ctx, runs, formatOf(query.get("format")));
  },
});

/** A link to one row a run. */
export const runs = pageRoute({
  handle: async ({ ctx, query }) => {
    const [project, filter] = [query.get("project") ?? "", query.get("filter") ?? undefined];
    const [selection, sweepId] = [uuidIn(query, "selection"), uuidIn(query, "sweep")];
    return new Answer(await exportRuns(ctx, { project, filter, selection, sweepId, format: "csv" }), {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="etalon-runs.csv"`,
    });
  },
});

/** A link to the team's audit log. */
export const audit = pageRoute({
  handle: async ({ ctx, query }) => {
    const given = ["actor", "action", "from", "until"].flatMap((name) => {
      const value = query.get(name);
      return value ? [[name, value] as const] : [];
    });
    const format = query.get("format") === "jsonl" ? "jsonl" : "csv";
    return new Answer(await exportAudit(ctx, { filter: Object.fromEntries(given), format }), {
      "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
      "content-disposition": `attachment; filename="etalon-audit.${format}"`,
    });
  },
});

const uuid = z.uuid();

/** An id in the query of an address, if it is given. */
function uuidIn(query: URLSearchParams, field: string): string | undefined {
  const text = query.get(field);
  if (text === null) return undefined;
  if (uuid.safeParse(text).success) return text;
  throw new EtalonError("invalid", `${field} "${text.slice(0, 60)}" is not an id`, [{ field, message: "not an id" }]);
}
