import { createRunSchema, finishRunSchema, logLinesSchema } from "@/lib/protocol";
import { EtalonError } from "../errors";
import { appendLog, createRun, exportRuns, finishRun, getRun } from "../services/run";
import { endpoint } from "./endpoint";

export const create = endpoint({
  access: "write",
  body: createRunSchema,
  handle: ({ ctx, body }) => createRun(ctx, body),
});

export const get = endpoint({ access: "read", handle: ({ ctx, params }) => getRun(ctx, { id: params.id! }) });

export const exportAll = endpoint({
  access: "read",
  handle: async ({ ctx, request }) => {
    const query = new URL(request.url).searchParams;
    const format = query.get("format") ?? "csv";
    if (format !== "csv" && format !== "jsonl")
      throw new EtalonError("invalid", `format "${format}" is unknown; use csv or jsonl`);
    const text = await exportRuns(ctx, { project: query.get("project") ?? "", format });
    return new Response(text, {
      headers: { "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson" },
    });
  },
});

export const logs = endpoint({
  access: "ingest",
  body: logLinesSchema,
  handle: ({ ctx, params, body }) => appendLog(ctx, { runId: params.id!, ...body }),
});

export const finish = endpoint({
  access: "ingest",
  body: finishRunSchema,
  handle: ({ ctx, params, body }) => finishRun(ctx, { runId: params.id!, ...body }),
});
