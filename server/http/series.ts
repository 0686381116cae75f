import { seriesRequestSchema } from "@/lib/protocol";
import { EtalonError } from "../errors";
import { listRewinds, readRewound } from "../services/metric";
import { endpoint } from "./endpoint";
import { seriesAnswer } from "./series-answer";

/** Buckets of one metric for many runs. */
const spec = (access: "read" | "session") =>
  endpoint({
    access,
    body: seriesRequestSchema,
    handle: async ({ ctx, body, request }) => {
      const answer = await seriesAnswer(ctx, body, request.headers.get("accept"));
      const whole = typeof answer.body === "string" ? answer.body : streamed(answer.body);
      return new Response(whole, { headers: { "content-type": answer.type } });
    },
  });

export const series = spec("read");
export const seriesOfPage = spec("session");

/** Each part is made when the one before is on its way. `Response` would copy bytes that it were given whole. */
function streamed(body: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const parts = body[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

/** A run's rewinds; with `?rewind=&metric=` the points that one of them hid, non-finite values by name. */
export const rewinds = endpoint({
  access: "read",
  handle: async ({ ctx, params, request }) => {
    const query = new URL(request.url).searchParams;
    const [rewind, metric] = [query.get("rewind"), query.get("metric")];
    if (rewind === null && metric === null) return { rewinds: await listRewinds(ctx, { runId: params.id! }) };
    if (rewind === null || metric === null) {
      const missing = rewind === null ? "rewind" : "metric";
      throw new EtalonError("invalid", "hidden points are asked for by rewind and metric", [
        { field: missing, message: "missing" },
      ]);
    }
    const { values, ...rest } = await readRewound(ctx, { runId: params.id!, rewind: Number(rewind), metric });
    return { ...rest, values: values.map((v) => (Number.isFinite(v) ? v : String(v))) };
  },
});
