import { alertSchema, createRunSchema, finishRunSchema, updateRunSchema } from "@/lib/protocol";
import { EtalonError } from "../../errors";
import { ofVerb } from "../../of-verb";
import { deleteRun } from "../../services/deletion";
import { alertOfRun } from "../../services/notification";
import {
  createRun,
  exportRuns,
  finishRun,
  getRun,
  heartbeatRun,
  queryRuns,
  queryRunsInput,
  updateRun,
} from "../../services/run";
import { Answer } from "../door/answer";
import { call } from "../door/call";

export const create = call("POST", "/api/v1/runs", {
  access: "write",
  summary: "Create a run, or resume the one with the same client-chosen id",
  body: createRunSchema,
  answer: "{id, resumed, nextStep}: nextStep follows the last step of the run, where counting goes on",
  handle: ({ ctx, body }) => createRun(ctx, body),
});

export const exportAll = call("GET", "/api/v1/runs", {
  access: "read",
  summary: "One row a run with its dimensions and result",
  query: { project: "slug", format: "csv or jsonl", filter: "as of the run list" },
  answer: "rows",
  answerType: "text/csv",
  handle: async ({ ctx, query }) => {
    const format = query.get("format") ?? "csv";
    if (format !== "csv" && format !== "jsonl")
      throw new EtalonError("invalid", `format "${format}" is unknown; use csv or jsonl`);
    const [project, filter] = [query.get("project") ?? "", query.get("filter") ?? undefined];
    const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
    return new Answer(await exportRuns(ctx, { project, format, filter }), { "content-type": type });
  },
});

export const query = call("POST", "/api/v1/runs/query", {
  access: "read",
  summary: "One page of a project's runs by filter and sort",
  body: ofVerb(queryRunsInput),
  answer: "{runs, next, previous, total}",
  handle: ({ ctx, body }) => queryRuns(ctx, body),
});

export const get = call("GET", "/api/v1/runs/{id}", {
  access: "read",
  summary: "One run: config, dimensions, metrics with their statistics",
  answer: "the run",
  handle: ({ ctx, params }) => getRun(ctx, params),
});

export const update = call("PATCH", "/api/v1/runs/{id}", {
  access: "write",
  summary: "Change name, tags, config keys, dimensions",
  body: updateRunSchema,
  answer: "{id, name, tags, config}",
  handle: ({ ctx, params, body }) => updateRun(ctx, { runId: params.id, ...body }),
});

export const remove = call("DELETE", "/api/v1/runs/{id}", {
  access: "write",
  summary: "Delete a run with all its points, in the background",
  answer: "{id, runs}: the deletion",
  handle: ({ ctx, params }) => deleteRun(ctx, { runId: params.id }),
});

export const heartbeat = call("POST", "/api/v1/runs/{id}/heartbeat", {
  access: "ingest",
  summary: "A sign of life without points",
  answer: "{state}",
  handle: ({ ctx, params }) => heartbeatRun(ctx, { runId: params.id }),
});

export const finish = call("POST", "/api/v1/runs/{id}/finish", {
  access: "ingest",
  summary: "End a run with its result",
  body: finishRunSchema,
  answer: "{state, changed}",
  handle: ({ ctx, params, body }) => finishRun(ctx, { runId: params.id, ...body }),
});

export const alert = call("POST", "/api/v1/runs/{id}/alerts", {
  access: "write",
  summary: "Tell whoever watches the run; the same key again tells nobody anew",
  body: alertSchema,
  answer: "{duplicate}",
  handle: ({ ctx, params, body }) => alertOfRun(ctx, { runId: params.id, ...body }),
});
