import type { Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction, type TransactionContext } from "@/server/transaction";
import { dropBlobs, readPart, writePart } from "./database";

export { dropBlobs, dropUnnamedBlobs } from "./database";

/** Bytes that were stored, to be named by a row of whoever wants them kept. */
export interface Blob {
  blobId: string;
  bytes: number;
}

const PART_BYTES = 1024 * 1024;

/**
 * Stores a stream, a part at a time in memory, and has `name` write, in one transaction, whose it is. Where either
 * fails nothing is left. Errors: `too_large` for more than `most.bytes`.
 */
export async function putBlob<T>(
  ctx: Context,
  body: AsyncIterable<Uint8Array> | null,
  most: { bytes: number; of: string },
  name: (ctx: TransactionContext, blob: Blob) => Promise<T>,
): Promise<T> {
  const blobId = crypto.randomUUID();
  try {
    const bytes = await write(ctx, blobId, body, most);
    return await inTransaction(ctx, (ctx) => name(ctx, { blobId, bytes }));
  } catch (e) {
    await dropBlobs(ctx, [blobId]).catch(() => {}); // dropUnnamedBlobs finds it later
    throw e;
  }
}

/** The bytes, part by part; those of a blob that is dropped meanwhile end in an error. */
export async function* openBlob(ctx: Pick<Context, "sql">, { blobId, bytes }: Blob): AsyncGenerator<Uint8Array> {
  for (let part = 0, left = bytes; left > 0; part++) {
    const data = await readPart(ctx.sql, blobId, part);
    if (!data) throw new Error("it was replaced while it was read");
    left -= data.length;
    yield data;
  }
}

async function write(
  { sql }: Context,
  blobId: string,
  body: AsyncIterable<Uint8Array> | null,
  most: { bytes: number; of: string },
): Promise<number> {
  let bytes = 0;
  let part = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const flush = async () => {
    const data = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    await writePart(sql, blobId, part++, data);
  };
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > most.bytes) throw new EtalonError("too_large", `${most.of} may have ${most.bytes} bytes`);
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes >= PART_BYTES) await flush();
  }
  if (waitingBytes > 0) await flush();
  return bytes;
}
