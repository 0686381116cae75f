import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { and, eq, inArray } from "drizzle-orm";
import { jobs } from "@/db/schema";
import { LIMITS } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { requireLease } from "../job/require-lease";

/** Checkpoints are files of the data directory, one a job, so that any worker can continue it. */
function folder(): string {
  const dataDir = process.env.ETALON_DATA_DIR;
  if (!dataDir) throw new EtalonError("unavailable", "ETALON_DATA_DIR is not set: start the server with `npm start`");
  return join(dataDir, "checkpoints");
}

const pathOf = (jobId: string) => join(folder(), `${jobId}.ckpt`);

/** Replaces the job's checkpoint, whole or not at all. Only the holder of the lease may. */
export async function putCheckpoint(
  ctx: Context,
  input: { jobId: string; leaseId: string; body: ReadableStream<Uint8Array> | null },
) {
  authorise(ctx, "work");
  const job = await ctx.db.transaction((tx) => requireLease({ ...ctx, db: tx }, input));
  if (job.state !== "running") throw new EtalonError("conflict", `the job is ${job.state}: its checkpoint is not kept`);
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  const temporary = `${pathOf(input.jobId)}.${input.leaseId}.part`;
  let bytes = 0;
  try {
    const source = Readable.fromWeb((input.body ?? new ReadableStream()) as Parameters<typeof Readable.fromWeb>[0]);
    const limited = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > LIMITS.checkpointBytes)
          throw new EtalonError("too_large", `a checkpoint may have ${LIMITS.checkpointBytes} bytes`);
        yield chunk;
      }
    };
    await pipeline(source, limited, createWriteStream(temporary, { mode: 0o600 }));
    await rename(temporary, pathOf(input.jobId));
  } finally {
    await rm(temporary, { force: true });
  }
  return { bytes };
}

/** The job's checkpoint as a stream, or null when there is none. */
export async function getCheckpoint(ctx: Context, input: { jobId: string }) {
  authorise(ctx, "work");
  const [job] = await ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.id, input.jobId)));
  if (!job) throw notFound("job", input.jobId);
  const size = await checkpointBytes(job.id);
  if (size === null) return null;
  return { bytes: size, stream: Readable.toWeb(createReadStream(pathOf(job.id))) as ReadableStream<Uint8Array> };
}

/** Size of a job's checkpoint, or null when there is none. */
export async function checkpointBytes(jobId: string): Promise<number | null> {
  return stat(pathOf(jobId)).then(
    (s) => s.size,
    () => null,
  );
}

/** Forgets the checkpoint of a job that has ended. */
export async function dropCheckpoint(jobId: string): Promise<void> {
  await rm(pathOf(jobId), { force: true });
}

/** Forgets the checkpoints, whole or in part, of jobs that were canceled, failed for good or deleted. Returns how many. */
export async function dropEndedCheckpoints(ctx: Context): Promise<number> {
  const names = await readdir(folder()).catch(() => []);
  if (names.length === 0) return 0;
  const jobOf = (name: string) => name.split(".")[0]!;
  const open = await ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(inArray(jobs.id, names.map(jobOf)), inArray(jobs.state, ["queued", "running"])));
  const kept = new Set(open.map((j) => j.id));
  const ended = names.filter((name) => !kept.has(jobOf(name)));
  await Promise.all(ended.map((name) => rm(join(folder(), name), { force: true })));
  return ended.length;
}
