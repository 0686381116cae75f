import type { PendingAnswer } from "@/lib/series";
import { authorise, type Context } from "@/server/context";
import {
  bucketsOf,
  hiddenSeries,
  type Rewind,
  rewindsOf,
  type Series,
  type SeriesQuery,
  seriesOf,
} from "@/server/store";

/** Buckets of one metric for many runs, all on one grid. Errors: `not_found` for an id that is no run of the team. */
export async function readBuckets(ctx: Context, query: SeriesQuery): Promise<PendingAnswer> {
  authorise(ctx, "read");
  return bucketsOf(ctx, query);
}

/** Every point of one metric, exactly. */
export async function readSeries(ctx: Context, input: Parameters<typeof seriesOf>[1]): Promise<Series[]> {
  authorise(ctx, "read");
  return seriesOf(ctx, input);
}

/** The times that a run went back to an earlier step, in order. Errors: `not_found`. */
export async function listRewinds(ctx: Context, { runId }: { runId: string }): Promise<Rewind[]> {
  authorise(ctx, "read");
  return rewindsOf(ctx, runId);
}

/** The points of one metric that a rewind hid. Errors: `not_found`, `invalid`. */
export async function readRewound(ctx: Context, input: Parameters<typeof hiddenSeries>[1]): Promise<Series> {
  authorise(ctx, "read");
  return hiddenSeries(ctx, input);
}
