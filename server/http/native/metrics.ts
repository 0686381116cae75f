import { metricBatchSchema } from "@/lib/protocol";
import { appendMetrics } from "../../services/metric";
import { Answer, JSON_TYPE } from "../door/answer";
import { call } from "../door/call";
import { BINARY, LIMIT_HEADERS, metricsBody, NDJSON } from "./metrics-body";

const HEADERS = { ...JSON_TYPE, ...LIMIT_HEADERS };

/** Points of a run: columnar JSON, NDJSON or binary. */
export const append = call("POST", "/api/v1/runs/{id}/metrics", {
  access: "ingest",
  summary:
    "Store a batch of points, all or nothing and exactly once by (run, writer, seq). A key of scope work sends to runs of jobs that it leased",
  body: metricBatchSchema,
  raw: "bytes",
  otherBodies: {
    [NDJSON]: 'a line a step: {"step": 1, "tokens": 4096, "loss": 2.5}; ?writer=&seq= name the batch',
    [BINARY]: "u32 header length, JSON header {writer, seq, axes, series}, padding to 8 bytes, doubles",
  },
  answer: "{accepted, duplicate}",
  handle: async ({ ctx, params, query, headers, body }) => {
    const batch = metricsBody(body, headers["content-type"] ?? null, query);
    return new Answer(JSON.stringify(await appendMetrics(ctx, { runId: params.id, batch })), HEADERS);
  },
});
