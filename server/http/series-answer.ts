import type { z } from "zod";
import type { seriesRequestSchema } from "@/lib/protocol";
import { encodeSeries, SERIES_TYPE, seriesJson } from "@/lib/series";
import type { Context } from "../context";
import { readBuckets } from "../services/metric";

/**
 * Buckets of one metric for many runs; binary where `accept` asks for it, in parts that are made when they are asked for,
 * else JSON.
 */
export async function seriesAnswer(
  ctx: Context,
  body: z.infer<typeof seriesRequestSchema>,
  accept: string | null | undefined,
): Promise<{ type: string; body: Iterable<Uint8Array<ArrayBuffer>> | string }> {
  const answer = await readBuckets(ctx, body);
  return accept?.includes(SERIES_TYPE)
    ? { type: SERIES_TYPE, body: encodeSeries(answer) }
    : { type: "application/json", body: JSON.stringify(seriesJson(answer)) };
}
