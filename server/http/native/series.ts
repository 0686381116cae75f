import { seriesRequestSchema } from "@/lib/protocol";
import { SERIES_TYPE } from "@/lib/series";
import { EtalonError } from "../../errors";
import { listRewinds, readRewound } from "../../services/metric";
import { call } from "../door/call";
import { seriesAnswer } from "./series-answer";

export const series = call("POST", "/api/v1/series", {
  access: "read",
  summary: `Buckets (x, min, max, mean, last, count, nonFinite) of one metric for many runs; binary with accept: ${SERIES_TYPE}`,
  body: seriesRequestSchema,
  answer: "{from, to, series}",
  handle: ({ ctx, body, headers }) => seriesAnswer(ctx, body, headers.accept),
});

/** Hidden points have their non-finite values by name. */
export const rewinds = call("GET", "/api/v1/runs/{id}/rewinds", {
  access: "read",
  summary: "The run's returns to earlier steps; with rewind and metric the points that one of them hid",
  query: { rewind: "number of a rewind, from 1", metric: "name of a metric" },
  answer: "{rewinds} or {runId, steps, values, tokens, times}",
  handle: async ({ ctx, params, query }) => {
    const [rewind, metric] = [query.get("rewind"), query.get("metric")];
    if (rewind === null && metric === null) return { rewinds: await listRewinds(ctx, { runId: params.id }) };
    if (rewind === null || metric === null) {
      const missing = rewind === null ? "rewind" : "metric";
      throw new EtalonError("invalid", "hidden points are asked for by rewind and metric", [
        { field: missing, message: "missing" },
      ]);
    }
    const { values, ...rest } = await readRewound(ctx, { runId: params.id, rewind: Number(rewind), metric });
    return { ...rest, values: values.map((v) => (Number.isFinite(v) ? v : String(v))) };
  },
});
