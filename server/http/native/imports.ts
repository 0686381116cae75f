import { ofVerb } from "../../of-verb";
import {
  beginImport,
  beginImportInput,
  importedHistorySchema,
  importHistory,
  knownSources,
} from "../../services/import";
import { call } from "../door/call";

export const begin = call("POST", "/api/v1/imports", {
  access: "write",
  summary: "Begin an import: an entry of the project's history, by which it can be undone",
  body: ofVerb(beginImportInput),
  answer: "{id}",
  handle: ({ ctx, body }) => beginImport(ctx, body),
});

export const run = call("POST", "/api/v1/imports/{id}/runs", {
  access: "write",
  summary: "A run of an import: made, or the one of the same source with what is said now",
  body: importedHistorySchema,
  answer: "{id, made, points}: points of it that are stored already; the others go to the run's metrics",
  handle: ({ ctx, params, body }) => importHistory(ctx, { importId: params.id, run: body }),
});

export const sources = call("GET", "/api/v1/imports/sources", {
  access: "read",
  summary: "From which files the imported runs of a project were read",
  query: { project: "slug" },
  answer: "{sources: [{runId, format, base, key, bytes, sha256, points}]}",
  handle: async ({ ctx, query }) => ({ sources: await knownSources(ctx, { project: query.get("project") ?? "" }) }),
});
