import type { Points } from "@/lib/series";
import type { Context } from "@/server/context";
import { announceSoon } from "@/server/event";
import { encodeSegment } from "../format/segment";
import { metricIds } from "./names";
import { writeBatch } from "./writer";

/** A batch whose columns have been read into doubles. */
export interface ColumnarBatch {
  writer: string;
  seq: number;
  rewindTo: number | null;
  series: (Points & { metric: string })[];
}

/**
 * Stores one batch, all or nothing and exactly once: (run, writer, seq) is remembered for ever. Resolves when it is
 * durable, to the number of points accepted; 0 and `duplicate` for a batch that was stored before.
 * Errors: `not_found` for a run that the team does not have, `invalid` above the limit of names a run, `too_many` under
 * overload.
 */
export async function storeBatch(ctx: Context, runId: string, batch: ColumnarBatch) {
  const { projectId, ids } = await metricIds(
    ctx,
    runId,
    batch.series.map((s) => s.metric),
  );
  const points = batch.series.reduce((n, s) => n + s.steps.length, 0);
  // Named rather than spread, which takes the engine many times as long.
  const data = encodeSegment(
    batch.series.map(({ steps, tokens, times, values }, i) => ({ metricId: ids[i]!, steps, tokens, times, values })),
  );
  const { writer, seq, rewindTo } = batch;
  const stored = await writeBatch(ctx.sql, { runId, writer, seq, points, rewindTo, data });
  if (stored) announceSoon(ctx, { projectId, id: runId, kind: "metrics" });
  if (stored && rewindTo !== null) announceSoon(ctx, { projectId, id: runId, kind: "rewind" });
  return { accepted: stored ? points : 0, duplicate: !stored };
}
