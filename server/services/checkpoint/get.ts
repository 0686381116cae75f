import { and, eq } from "drizzle-orm";
import { checkpoints, jobs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";

/** The job's checkpoint part by part, or null when there is none. */
export async function getCheckpoint(ctx: Context, input: { jobId: string }) {
  authorise(ctx, "work");
  const [job] = await ctx.db
    .select({ id: jobs.id, uploadId: checkpoints.uploadId, bytes: checkpoints.bytes })
    .from(jobs)
    .leftJoin(checkpoints, eq(checkpoints.jobId, jobs.id))
    .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.id, input.jobId)));
  if (!job) throw notFound("job", input.jobId);
  if (!job.uploadId || job.bytes === null) return null;
  return { bytes: job.bytes, parts: partsOf(ctx, job.uploadId, job.bytes) };
}

/** Size of a job's checkpoint, or null when there is none. */
export async function checkpointBytes(ctx: Context, jobId: string): Promise<number | null> {
  authorise(ctx, "work");
  const [row] = await ctx.db.select({ bytes: checkpoints.bytes }).from(checkpoints).where(eq(checkpoints.jobId, jobId));
  return row?.bytes ?? null;
}

/** Part by part; one that was replaced meanwhile ends in an error, and the reader asks again. */
async function* partsOf(ctx: Context, uploadId: string, bytes: number): AsyncGenerator<Uint8Array> {
  for (let part = 0, left = bytes; left > 0; part++) {
    const [row] = await ctx.sql<{ data: Buffer }[]>`
      select data from checkpoint_parts where upload_id = ${uploadId} and part = ${part}`;
    if (!row) throw new Error("the checkpoint was replaced while it was read");
    left -= row.data.length;
    yield row.data;
  }
}
