import type { SourceFile } from "../source";
import { PastLimit } from "./limits";

/** Room for what is unpacked: bytes are added at its end and read anywhere. */
export interface Space {
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Memory of at most so many bytes. */
export function memorySpace(most: number): Space {
  const pieces: { from: number; bytes: Uint8Array }[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    append: async (bytes) => {
      if (size + bytes.length > most)
        throw new PastLimit(`what is unpacked has more than ${most} bytes; unpack it first`);
      pieces.push({ from: size, bytes: bytes.slice() });
      size += bytes.length;
    },
    read: async (from, to) => {
      const read = new Uint8Array(Math.max(0, Math.min(to, size) - from));
      for (const piece of pieces) {
        const start = Math.max(from, piece.from);
        const end = Math.min(to, piece.from + piece.bytes.length);
        if (start < end) read.set(piece.bytes.subarray(start - piece.from, end - piece.from), start - from);
      }
      return read;
    },
  };
}

/** A part of a file or of a space as a file of its own. */
export function partOf(
  whole: Pick<SourceFile, "read">,
  { path, from, size, modified }: { path: string; from: number; size: number; modified: number | null },
): SourceFile {
  return {
    path,
    size,
    modified,
    read: (a, b) => whole.read(from + Math.min(a, size), from + Math.min(b, size)),
  };
}
