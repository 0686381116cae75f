import type { z } from "zod";
import type { seriesRequestSchema } from "@/lib/protocol";
import { encodeSeries, SERIES_TYPE, seriesJson } from "@/lib/series";
import type { Context } from "../../context";
import { readBuckets } from "../../services/metric";
import { Answer, JSON_TYPE } from "../door/answer";

/** Buckets of one metric for many runs: JSON, or binary, in parts, where `accept` asks for it. */
export async function seriesAnswer(
  ctx: Context,
  body: z.infer<typeof seriesRequestSchema>,
  accept: string | undefined,
): Promise<Answer> {
  const answer = await readBuckets(ctx, body);
  return accept?.includes(SERIES_TYPE)
    ? new Answer(encodeSeries(answer), { "content-type": SERIES_TYPE })
    : new Answer(JSON.stringify(seriesJson(answer)), JSON_TYPE);
}
