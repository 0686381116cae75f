import { and, eq } from "drizzle-orm";
import { checkpoints, jobs } from "@/db/schema";
import { openBlob } from "@/server/blobs";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";

/** The job's checkpoint part by part, or null when there is none. */
export async function getCheckpoint(ctx: Context, input: { jobId: string }) {
  authorise(ctx, "work");
  const [job] = await ctx.db
    .select({ id: jobs.id, blobId: checkpoints.blobId, bytes: checkpoints.bytes })
    .from(jobs)
    .leftJoin(checkpoints, eq(checkpoints.jobId, jobs.id))
    .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.id, input.jobId)));
  if (!job) throw notFound("job", input.jobId);
  const { blobId, bytes } = job;
  return blobId === null || bytes === null ? null : { bytes, parts: openBlob(ctx, { blobId, bytes }) };
}

/** Size of a job's checkpoint, or null when there is none. */
export async function checkpointBytes(ctx: Context, jobId: string): Promise<number | null> {
  authorise(ctx, "work");
  const [row] = await ctx.db.select({ bytes: checkpoints.bytes }).from(checkpoints).where(eq(checkpoints.jobId, jobId));
  return row?.bytes ?? null;
}
