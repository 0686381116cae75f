/** A file as importers see it, wherever it lies: on a disk, in a browser, in an archive. */
export interface SourceFile {
  /** Relative to what was chosen, its parts joined by "/". */
  path: string;
  /** Bytes. */
  size: number;
  /** When it was last written, in milliseconds since 1970; null where nobody knows. */
  modified: number | null;
  /** Its bytes from `from` up to `to`; fewer where it has become shorter meanwhile. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** How much of a file is looked at to tell what it is. */
export const HEAD_BYTES = 1 << 16;
const CHUNK_BYTES = 1 << 20;

/** The bytes of a file in pieces, from `from` on. */
export async function* chunksOf(file: SourceFile, from = 0): AsyncGenerator<Uint8Array> {
  for (let at = from; at < file.size; ) {
    const chunk = await file.read(at, Math.min(file.size, at + CHUNK_BYTES));
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

/** A whole file, for formats that cannot be read in pieces; throws an Error that says so where it has more bytes. */
export async function wholeOf(file: SourceFile, most: number): Promise<Uint8Array> {
  if (file.size > most)
    throw new Error(`it has ${file.size} bytes; a file of this kind is read whole and may have ${most}`);
  return file.read(0, file.size);
}

/** Bytes that are at hand, as a file. */
export function memoryFile(path: string, bytes: Uint8Array, modified: number | null = null): SourceFile {
  return { path, size: bytes.length, modified, read: async (from, to) => bytes.subarray(from, to) };
}

/** The folder of a path, "" at the top; and what it is called within. */
export function splitPath(path: string): { folder: string; name: string } {
  const cut = path.lastIndexOf("/");
  return { folder: cut < 0 ? "" : path.slice(0, cut), name: path.slice(cut + 1) };
}

/** By its mark, or by where its zero bytes lie, as `eachLine` takes it; null for what is no text. */
export function encodingOf(head: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | null {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const sample = head.subarray(0, 1_024);
  const zeros = [0, 0];
  for (const [i, byte] of sample.entries()) if (byte === 0) zeros[i % 2]!++;
  const [even, odd] = zeros as [number, number];
  if (even + odd === 0) return "utf-8";
  if (even === 0 && odd > sample.length / 4) return "utf-16le";
  return odd === 0 && even > sample.length / 4 ? "utf-16be" : null;
}
