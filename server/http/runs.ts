import { createRunSchema, finishRunSchema, logLinesSchema, updateRunSchema } from "@/lib/protocol";
import { EtalonError } from "../errors";
import { deleteRun } from "../services/deletion";
import {
  appendLog,
  createRun,
  exportRuns,
  finishRun,
  getRun,
  heartbeatRun,
  queryRuns,
  queryRunsInput,
  readLog,
  updateRun,
} from "../services/run";
import { endpoint } from "./endpoint";
import { uuidIn } from "./query-id";
import { textStream } from "./stream";

export const create = endpoint({
  access: "write",
  body: createRunSchema,
  handle: ({ ctx, body }) => createRun(ctx, body),
});

export const get = endpoint({ access: "read", handle: ({ ctx, params }) => getRun(ctx, { id: params.id! }) });

export const update = endpoint({
  access: "write",
  body: updateRunSchema,
  handle: ({ ctx, params, body }) => updateRun(ctx, { runId: params.id!, ...body }),
});

export const remove = endpoint({
  access: "write",
  handle: ({ ctx, params }) => deleteRun(ctx, { runId: params.id! }),
});

export const query = endpoint({
  access: "read",
  body: queryRunsInput,
  handle: ({ ctx, body }) => queryRuns(ctx, body),
});

export const heartbeat = endpoint({
  access: "ingest",
  handle: ({ ctx, params }) => heartbeatRun(ctx, { runId: params.id! }),
});

export const exportAll = endpoint({
  access: "read",
  handle: async ({ ctx, request }) => {
    const query = new URL(request.url).searchParams;
    const format = query.get("format") ?? "csv";
    if (format !== "csv" && format !== "jsonl")
      throw new EtalonError("invalid", `format "${format}" is unknown; use csv or jsonl`);
    const filter = query.get("filter") ?? undefined;
    return textStream(await exportRuns(ctx, { project: query.get("project") ?? "", format, filter }), {
      "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
    });
  },
});

/** The same for a link on a page. */
export const exportOfPage = endpoint({
  access: "session",
  handle: async ({ ctx, request }) => {
    const query = new URL(request.url).searchParams;
    const [project, filter] = [query.get("project") ?? "", query.get("filter") ?? undefined];
    const selection = uuidIn(query, "selection");
    const rows = await exportRuns(ctx, { project, filter, selection, sweepId: uuidIn(query, "sweep"), format: "csv" });
    return textStream(rows, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="etalon-runs.csv"`,
    });
  },
});

export const logs = endpoint({
  access: "ingest",
  body: logLinesSchema,
  handle: ({ ctx, params, body }) => appendLog(ctx, { runId: params.id!, ...body }),
});

/** Log lines: `?after=` gives what follows a line, without it the last ones. */
export const readLogs = endpoint({
  access: "read",
  handle: ({ ctx, params, request }) => {
    const search = new URL(request.url).searchParams;
    const number = (name: string) => (search.has(name) ? Math.trunc(Number(search.get(name))) : undefined);
    const [after, limit] = [number("after"), number("limit")];
    for (const [field, value] of [
      ["after", after],
      ["limit", limit],
    ] as const) {
      if (value !== undefined && !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
        throw new EtalonError("invalid", `${field} is not a line number`, [
          { field, message: String(search.get(field)) },
        ]);
      }
    }
    return readLog(ctx, { runId: params.id!, after, limit: limit && Math.min(limit, 5_000) }).then((lines) => ({
      lines,
    }));
  },
});

export const finish = endpoint({
  access: "ingest",
  body: finishRunSchema,
  handle: ({ ctx, params, body }) => finishRun(ctx, { runId: params.id!, ...body }),
});
