import { eq, type SQL, sql } from "drizzle-orm";
import { checkpoints } from "@/db/schema";
import { LIMITS } from "@/lib/protocol";
import { type Blob, dropBlobs, putBlob } from "@/server/blobs";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { requireLease } from "../job/internal";

export const MOST = { bytes: LIMITS.checkpointBytes, of: "a checkpoint" };

/**
 * Replaces the job's checkpoint, whole or not at all. Only the holder of the lease may: asked before the upload, so
 * that nothing is sent in vain, and again at its end, when the lease may have moved on.
 */
export async function putCheckpoint(
  ctx: Context,
  input: { jobId: string; leaseId: string; body: AsyncIterable<Uint8Array> | null },
): Promise<{ bytes: number }> {
  authorise(ctx, "work");
  await inTransaction(ctx, (ctx) => requireRunning(ctx, input));
  return putBlob(ctx, input.body, MOST, async (ctx, blob) => {
    await requireRunning(ctx, input);
    await makeCurrent(ctx, { jobId: input.jobId, ...blob, createdAt: sql`now()` });
    return { bytes: blob.bytes };
  });
}

/** Within a transaction that holds the lock of the job. */
export async function makeCurrent(
  ctx: Context,
  checkpoint: Blob & { jobId: string; createdAt: Date | SQL },
): Promise<void> {
  const { jobId, ...set } = checkpoint;
  const replaced = await ctx.db
    .select({ blobId: checkpoints.blobId })
    .from(checkpoints)
    .where(eq(checkpoints.jobId, jobId));
  await ctx.db.insert(checkpoints).values(checkpoint).onConflictDoUpdate({ target: checkpoints.jobId, set });
  await dropBlobs(
    ctx,
    replaced.map((r) => r.blobId),
  );
}

async function requireRunning(ctx: Context, input: { jobId: string; leaseId: string }): Promise<void> {
  const job = await requireLease(ctx, input);
  if (job.state !== "running") throw new EtalonError("conflict", `the job is ${job.state}: its checkpoint is not kept`);
}
