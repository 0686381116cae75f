import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { checkpoints, jobs } from "@/db/schema";
import { dropBlobs, putBlob } from "@/server/blobs";
import type { Context } from "@/server/context";
import { MOST, makeCurrent } from "./put";

const FILE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.ckpt$/;

/**
 * Takes the checkpoints into the database that versions before kept as files of the data directory, or that a backup of
 * theirs brought back, where their jobs are open and have none there; then removes the folder. Returns how many.
 */
export async function adoptCheckpointFiles(ctx: Context, dataDir: string): Promise<number> {
  const folder = join(dataDir, "checkpoints");
  const names = await readdir(folder).catch(() => []);
  let adopted = 0;
  for (const name of names) {
    const jobId = FILE.exec(name)?.[1];
    if (jobId && (await adopt(ctx, jobId, join(folder, name)))) adopted++;
  }
  await rm(folder, { recursive: true, force: true });
  return adopted;
}

async function adopt(ctx: Context, jobId: string, file: string): Promise<boolean> {
  const about = await stat(file);
  if (!about.isFile()) return false;
  const [job] = await ctx.db
    .select({ state: jobs.state, known: checkpoints.jobId })
    .from(jobs)
    .leftJoin(checkpoints, eq(checkpoints.jobId, jobs.id))
    .where(eq(jobs.id, jobId));
  if (!job || job.known || (job.state !== "queued" && job.state !== "running")) return false;
  return putBlob(ctx, createReadStream(file), MOST, async (ctx, blob) => {
    await ctx.db.select({ id: jobs.id }).from(jobs).where(eq(jobs.id, jobId)).for("update");
    const [newer] = await ctx.db
      .select({ id: checkpoints.jobId })
      .from(checkpoints)
      .where(eq(checkpoints.jobId, jobId));
    if (newer) await dropBlobs(ctx, [blob.blobId]);
    else await makeCurrent(ctx, { jobId, ...blob, createdAt: about.mtime });
    return !newer;
  });
}
