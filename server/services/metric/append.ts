import type { Context } from "@/server/context";
import { type ColumnarBatch, storeBatch } from "@/server/store";
import { authoriseIngest } from "../job";

/** Stores one batch of a run, all or nothing and exactly once. Errors: those of `authoriseIngest` and `storeBatch`. */
export async function appendMetrics(ctx: Context, { runId, batch }: { runId: string; batch: ColumnarBatch }) {
  await authoriseIngest(ctx, runId);
  return storeBatch(ctx, runId, batch);
}
