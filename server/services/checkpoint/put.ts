import { and, eq, ne, type SQL, sql } from "drizzle-orm";
import { checkpointParts, checkpoints } from "@/db/schema";
import { LIMITS } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { requireLease } from "../job/internal";

const PART_BYTES = 1024 * 1024;

/**
 * Replaces the job's checkpoint, whole or not at all. Only the holder of the lease may: asked before the upload, so that
 * nothing is sent in vain, and again at its end, when the lease may have moved on.
 */
export async function putCheckpoint(
  ctx: Context,
  input: { jobId: string; leaseId: string; body: AsyncIterable<Uint8Array> | null },
): Promise<{ bytes: number }> {
  authorise(ctx, "work");
  await inTransaction(ctx, (ctx) => requireRunning(ctx, input));
  const uploadId = crypto.randomUUID();
  try {
    const bytes = await writeParts(ctx, { jobId: input.jobId, uploadId, body: input.body });
    await inTransaction(ctx, async (ctx) => {
      await requireRunning(ctx, input);
      await makeCurrent(ctx, { jobId: input.jobId, uploadId, bytes, createdAt: sql`now()` });
    });
    return { bytes };
  } catch (e) {
    await ctx.db
      .delete(checkpointParts)
      .where(eq(checkpointParts.uploadId, uploadId))
      .catch(() => {}); // dropEndedCheckpoints finds them later
    throw e;
  }
}

/** Stores the parts of an upload, one statement each, so that memory holds one. Returns their bytes together. */
export async function writeParts(
  ctx: Context,
  input: { jobId: string; uploadId: string; body: AsyncIterable<Uint8Array> | null },
): Promise<number> {
  const { jobId, uploadId } = input;
  let bytes = 0;
  let part = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const write = async () => {
    const data = Buffer.concat(waiting).toString("base64");
    waiting = [];
    waitingBytes = 0;
    await ctx.sql`
      insert into checkpoint_parts (job_id, upload_id, part, data)
      values (${jobId}, ${uploadId}, ${part++}, decode(${data}, 'base64'))`;
  };
  for await (const chunk of input.body ?? []) {
    bytes += chunk.length;
    if (bytes > LIMITS.checkpointBytes)
      throw new EtalonError("too_large", `a checkpoint may have ${LIMITS.checkpointBytes} bytes`);
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes >= PART_BYTES) await write();
  }
  if (waitingBytes > 0) await write();
  return bytes;
}

/** Within a transaction that holds the lock of the job. */
export async function makeCurrent(
  ctx: Context,
  upload: { jobId: string; uploadId: string; bytes: number; createdAt: Date | SQL },
): Promise<void> {
  const { jobId, ...set } = upload;
  await ctx.db.insert(checkpoints).values(upload).onConflictDoUpdate({ target: checkpoints.jobId, set });
  await ctx.db
    .delete(checkpointParts)
    .where(and(eq(checkpointParts.jobId, jobId), ne(checkpointParts.uploadId, upload.uploadId)));
}

async function requireRunning(ctx: Context, input: { jobId: string; leaseId: string }): Promise<void> {
  const job = await requireLease(ctx, input);
  if (job.state !== "running") throw new EtalonError("conflict", `the job is ${job.state}: its checkpoint is not kept`);
}
