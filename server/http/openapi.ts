import { z } from "zod";
import {
  createRunSchema,
  exportPointsSchema,
  failJobSchema,
  finishRunSchema,
  LIMITS,
  leaseIdSchema,
  logLinesSchema,
  metricBatchSchema,
  registerWorkerSchema,
  seriesRequestSchema,
  updateRunSchema,
} from "@/lib/protocol";
import { SERIES_TYPE } from "@/lib/series";
import { ERROR_CODES } from "../errors";
import { queryRunsInput } from "../services/run";
import { publicEndpoint } from "./endpoint";
import { BINARY, NDJSON } from "./metrics-body";

interface Operation {
  summary: string;
  scope: "read" | "write" | "work" | "write or work";
  body?: z.ZodType;
  /** Bodies that are not JSON: type and description. */
  otherBodies?: Record<string, string>;
  query?: Record<string, string>;
  answer: string;
  answerType?: string;
}

const run = "{id}";
const json = "application/json";

/** Every call of the API; tests/integration/openapi.test.ts compares it with the routes that there are. */
export const OPERATIONS: Record<string, Operation> = {
  "POST /api/v1/runs": {
    summary: "Create a run, or resume the one with the same client-chosen id",
    scope: "write",
    body: createRunSchema,
    answer: "{id, resumed, nextStep}: nextStep follows the last step of the run, where counting goes on",
  },
  "GET /api/v1/runs": {
    summary: "One row a run with its dimensions and result",
    scope: "read",
    query: { project: "slug", format: "csv or jsonl", filter: "as of the run list" },
    answer: "rows",
    answerType: "text/csv",
  },
  "POST /api/v1/runs/query": {
    summary: "One page of a project's runs by filter and sort",
    scope: "read",
    body: queryRunsInput,
    answer: "{runs, next, previous, total}",
  },
  [`GET /api/v1/runs/${run}`]: {
    summary: "One run: config, dimensions, metrics with their statistics",
    scope: "read",
    answer: "the run",
  },
  [`PATCH /api/v1/runs/${run}`]: {
    summary: "Change name, tags, config keys, dimensions",
    scope: "write",
    body: updateRunSchema,
    answer: "{id, name, tags, config}",
  },
  [`DELETE /api/v1/runs/${run}`]: {
    summary: "Delete a run with all its points, in the background",
    scope: "write",
    answer: "{id, runs}: the deletion",
  },
  [`POST /api/v1/runs/${run}/metrics`]: {
    summary:
      "Store a batch of points, all or nothing and exactly once by (run, writer, seq). A key of scope work sends to runs of jobs that it leased",
    scope: "write or work",
    body: metricBatchSchema,
    otherBodies: {
      [NDJSON]: 'a line a step: {"step": 1, "tokens": 4096, "loss": 2.5}; ?writer=&seq= name the batch',
      [BINARY]: "u32 header length, JSON header {writer, seq, axes, series}, padding to 8 bytes, doubles",
    },
    answer: "{accepted, duplicate}",
  },
  [`POST /api/v1/runs/${run}/heartbeat`]: {
    summary: "A sign of life without points",
    scope: "write or work",
    answer: "{state}",
  },
  [`POST /api/v1/runs/${run}/finish`]: {
    summary: "End a run with its result",
    scope: "write or work",
    body: finishRunSchema,
    answer: "{state, changed}",
  },
  [`POST /api/v1/runs/${run}/logs`]: {
    summary: "Store log lines; a line number sent again replaces the line",
    scope: "write or work",
    body: logLinesSchema,
    answer: "{accepted}",
  },
  [`GET /api/v1/runs/${run}/logs`]: {
    summary: "Log lines after a line, or the last ones",
    scope: "read",
    query: { after: "line number", limit: "at most 5000" },
    answer: "{lines}",
  },
  [`GET /api/v1/runs/${run}/points`]: {
    summary: "All points of a run",
    scope: "read",
    query: { format: "csv or parquet" },
    answer: "a row a point",
    answerType: "text/csv",
  },
  [`GET /api/v1/runs/${run}/rewinds`]: {
    summary: "The run's returns to earlier steps; with rewind and metric the points that one of them hid",
    scope: "read",
    query: { rewind: "number of a rewind, from 1", metric: "name of a metric" },
    answer: "{rewinds} or {runId, steps, values, tokens, times}",
  },
  "POST /api/v1/points": {
    summary: "All points of chosen runs",
    scope: "read",
    body: exportPointsSchema,
    answer: "a row a point",
    answerType: "text/csv",
  },
  "POST /api/v1/series": {
    summary: `Buckets (x, min, max, mean, last, count, nonFinite) of one metric for many runs; binary with accept: ${SERIES_TYPE}`,
    scope: "read",
    body: seriesRequestSchema,
    answer: "{from, to, series}",
  },
  "GET /api/v1/recommendations": {
    summary: "The published recommendation that fits a target run",
    scope: "read",
    query: { target: "tokens=1e12,batchSeqs=1024,...", project: "slug" },
    answer: "the recommendation",
  },
  "GET /api/v1/recommendations/{id}": {
    summary: "A published recommendation",
    scope: "read",
    answer: "the recommendation",
  },
  "POST /api/v1/workers": {
    summary: "Enter a worker",
    scope: "work",
    body: registerWorkerSchema,
    answer: "{workerId}",
  },
  "POST /api/v1/workers/{id}/lease": { summary: "Take the next job", scope: "work", answer: "{job, leaseSeconds}" },
  "POST /api/v1/workers/{id}/stop": { summary: "Sign a worker off", scope: "work", answer: "nothing" },
  "POST /api/v1/jobs/{id}/heartbeat": {
    summary: "Keep a lease",
    scope: "work",
    body: leaseIdSchema,
    answer: "{stop, reason}",
  },
  "POST /api/v1/jobs/{id}/release": {
    summary: "Give a job back",
    scope: "work",
    body: leaseIdSchema,
    answer: "nothing",
  },
  "POST /api/v1/jobs/{id}/finish": { summary: "End a job", scope: "work", body: leaseIdSchema, answer: "nothing" },
  "POST /api/v1/jobs/{id}/fail": {
    summary: "Report a failed attempt",
    scope: "work",
    body: failJobSchema,
    answer: "nothing",
  },
  "POST /api/v1/jobs/{id}/retry": {
    summary: "Queue a failed or canceled job again: its runs without a result, with all attempts before it",
    scope: "write",
    answer: "{id, runs}: how many runs were queued",
  },
  "PUT /api/v1/jobs/{id}/checkpoint": {
    summary: "Replace the job's checkpoint",
    scope: "work",
    query: { lease: "id of the lease" },
    otherBodies: { "application/octet-stream": "the checkpoint" },
    answer: "{bytes}",
  },
  "GET /api/v1/jobs/{id}/checkpoint": {
    summary: "The job's checkpoint",
    scope: "work",
    answer: "the checkpoint",
    answerType: "application/octet-stream",
  },
};

/** The OpenAPI 3.1 document, made from the schemas that parse the requests. */
export const openapi = publicEndpoint(async () => Response.json(openapiDocument()));

export function openapiDocument() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const [method, path] = name.split(" ") as [string, string];
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = describe(path, operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Etalon",
      version: "1",
      description: `Limits: ${Object.entries(LIMITS)
        .map(([k, v]) => `${k} ${v}`)
        .join(", ")}.`,
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "an API key, etl_..." } },
      schemas: { Error: jsonSchema(errorSchema) },
    },
  };
}

const errorSchema = z.object({
  error: z.object({
    code: z.enum(Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES]),
    message: z.string(),
    issues: z.array(z.object({ field: z.string(), message: z.string() })),
  }),
});

function describe(path: string, o: Operation) {
  const parameters = [
    ...(path.includes("{id}") ? [parameter("path", "id", "id of the row", true)] : []),
    ...Object.entries(o.query ?? {}).map(([name, text]) => parameter("query", name, text, false)),
  ];
  const content = {
    ...(o.body && { [json]: { schema: jsonSchema(o.body) } }),
    ...Object.fromEntries(
      Object.entries(o.otherBodies ?? {}).map(([type, description]) => [
        type,
        { schema: { type: "string", description } },
      ]),
    ),
  };
  return {
    summary: o.summary,
    description: `Scope of the key: ${o.scope}.`,
    ...(parameters.length > 0 && { parameters }),
    ...(Object.keys(content).length > 0 && { requestBody: { required: true, content } }),
    responses: {
      200: { description: o.answer, content: { [o.answerType ?? json]: {} } },
      default: {
        description: "What is wrong, where, and what to do",
        content: { [json]: { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

function parameter(place: "path" | "query", name: string, description: string, required: boolean) {
  return { in: place, name, description, required, schema: { type: "string" } };
}

/** What a client sends: before defaults and transformations. */
function jsonSchema(schema: z.ZodType): unknown {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}
