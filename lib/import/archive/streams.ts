import { chunksOf, type SourceFile } from "../source";

export type Packing = "gzip" | "deflate" | "zstd";

/** What comes out of packed bytes, piece by piece; throws an Error where they are broken. */
export async function* unpackedBytes(chunks: AsyncIterable<Uint8Array>, packing: Packing): AsyncGenerator<Uint8Array> {
  // The engine's own knows bare deflate only since Node 20.12.
  if (packing === "gzip") yield* bytesOf(streamOf(chunks).pipeThrough(new DecompressionStream("gzip")));
  else {
    const pieces: Uint8Array[] = [];
    const keep = (piece: Uint8Array) => void pieces.push(piece);
    const decoder =
      packing === "zstd" ? new (await import("fzstd")).Decompress(keep) : new (await import("fflate")).Inflate(keep);
    for await (const chunk of chunks) {
      decoder.push(chunk, false);
      yield* pieces.splice(0);
    }
    decoder.push(new Uint8Array(0), true);
    yield* pieces.splice(0);
  }
}

export function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    cancel: async () => void (await iterator.return?.()),
  });
}

/** The first bytes, at least `most` where there are so many, and all of them again. */
export async function peeked(chunks: AsyncIterable<Uint8Array>, most: number) {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let failed: unknown = null;
  for (let n = 0; n < most; n += first.at(-1)!.length) {
    const { done, value } = await iterator.next().catch((e: unknown) => {
      failed = e ?? new Error("it is broken");
      return { done: true as const, value: undefined };
    });
    if (done) break;
    first.push(value);
  }
  const head = new Uint8Array(first.reduce((n, piece) => n + piece.length, 0));
  let at = 0;
  for (const piece of first) {
    head.set(piece, at);
    at += piece.length;
  }
  const all = async function* () {
    yield* first;
    if (failed !== null) throw failed;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  return { head, all: all() };
}

/** A stream's pieces; browsers cannot iterate all streams. */
export async function* bytesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

/** The bytes of a part of a file. */
export async function* chunksIn(file: SourceFile, from: number, to: number): AsyncGenerator<Uint8Array> {
  const part: SourceFile = { ...file, size: to, read: (a, b) => file.read(a, Math.min(b, to)) };
  yield* chunksOf(part, from);
}

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** The CRC-32 of more bytes behind those of `before`; 0 at the beginning. */
export function crc32(bytes: Uint8Array, before: number): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
