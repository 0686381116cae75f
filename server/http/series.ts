import { seriesRequestSchema } from "@/lib/protocol";
import { encodeSeries, readBuckets, SERIES_TYPE, seriesJson } from "../services/metric";
import { endpoint } from "./endpoint";

/** Buckets of one metric for many runs; binary where `accept` asks for it, else JSON. */
const spec = (access: "read" | "session") =>
  endpoint({
    access,
    body: seriesRequestSchema,
    handle: async ({ ctx, body, request }) => {
      const answer = await readBuckets(ctx, body);
      if (!request.headers.get("accept")?.includes(SERIES_TYPE)) return seriesJson(answer);
      return new Response(encodeSeries(answer) as BodyInit, { headers: { "content-type": SERIES_TYPE } });
    },
  });

export const series = spec("read");
export const seriesOfPage = spec("session");
