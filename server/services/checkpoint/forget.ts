import { type SQL, sql } from "drizzle-orm";
import { checkpoints, jobs } from "@/db/schema";
import { dropBlobs, dropUnnamedBlobs } from "@/server/blobs";
import type { Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";

/** Forgets the checkpoints that meet a condition, with their bytes. Returns how many. Within a transaction. */
export async function forgetCheckpoints(ctx: Context, where: SQL): Promise<number> {
  const gone = await ctx.db.delete(checkpoints).where(where).returning({ blobId: checkpoints.blobId });
  await dropBlobs(
    ctx,
    gone.map((c) => c.blobId),
  );
  return gone.length;
}

/**
 * Forgets the checkpoints of jobs that have ended, and what broken uploads left. Returns how many jobs' were forgotten.
 */
export async function forgetEndedCheckpoints(ctx: Context): Promise<number> {
  const ended = sql`exists (
    select from ${jobs} where ${jobs.id} = ${checkpoints.jobId} and ${jobs.state} not in ('queued', 'running'))`;
  const forgotten = await inTransaction(ctx, (ctx) => forgetCheckpoints(ctx, ended));
  await dropUnnamedBlobs(ctx, ctx.sql`select blob_id from checkpoints`);
  return forgotten;
}
