import { appendMetrics } from "../services/metric";
import { bodyOf, endpoint } from "./endpoint";
import { LIMIT_HEADERS, metricsBody } from "./metrics-body";

/** Points of a run: columnar JSON, NDJSON or binary, gzip or not. */
export const append = endpoint({
  access: "ingest",
  handle: async ({ ctx, params, request }) => {
    const { searchParams } = new URL(request.url);
    const batch = metricsBody(await bodyOf(request), request.headers.get("content-type"), searchParams);
    return Response.json(await appendMetrics(ctx, { runId: params.id!, batch }), { headers: LIMIT_HEADERS });
  },
});
