import { chunksOf, type SourceFile } from "../source";
import { maskedCrc32c } from "./crc32c";

const HEADER = 12;
const FOOTER = 4;
/** A longer record is no event but a length that was overwritten. */
const MOST_RECORD = 1 << 30;

export interface RecordReader {
  /** The event of one record: bytes from `from` up to `to`, which are good until the call returns. */
  record(bytes: Uint8Array, from: number, to: number): void;
  /** What is wrong, in words that say where. */
  problem(message: string): void;
}

/** Whether bytes begin with the head of a record: its length and that length's checksum. */
export function beginsRecord(bytes: Uint8Array): boolean {
  return bytes.length > HEADER && word(bytes, 8) === maskedCrc32c(bytes, 0, 8);
}

/**
 * The records of a TFRecord file, piece by piece. A record whose content has changed is left out; where a length has,
 * nothing says where the next one begins, and the rest is.
 */
export async function eachRecord(
  file: SourceFile,
  reader: RecordReader & { room(): Promise<void> | undefined },
): Promise<void> {
  let rest: Uint8Array = new Uint8Array(0);
  let start = 0;
  for await (const chunk of chunksOf(file)) {
    const bytes = rest.length === 0 ? chunk : joined(rest, chunk);
    const used = recordsIn(bytes, start, reader);
    if (used === null) return;
    start += used;
    rest = bytes.subarray(used);
    const waiting = reader.room();
    if (waiting) await waiting;
  }
  if (rest.length > 0)
    reader.problem(`the file is cut in the middle of a record at byte ${start}; what is before it was read`);
}

/** Reads the whole records in bytes that begin with one; how many bytes they take, or null where they break off. */
export function recordsIn(bytes: Uint8Array, start: number, reader: RecordReader): number | null {
  let at = 0;
  while (at + HEADER <= bytes.length) {
    if (word(bytes, at + 8) !== maskedCrc32c(bytes, at, at + 8)) {
      reader.problem(`the length of the record at byte ${start + at} does not fit its checksum; the rest is left out`);
      return null;
    }
    const length = word(bytes, at) + word(bytes, at + 4) * 2 ** 32;
    if (length > MOST_RECORD) {
      reader.problem(
        `the record at byte ${start + at} has ${length} bytes, more than an event has; the rest is left out`,
      );
      return null;
    }
    const from = at + HEADER;
    const to = from + length;
    if (to + FOOTER > bytes.length) break;
    if (word(bytes, to) === maskedCrc32c(bytes, from, to)) reader.record(bytes, from, to);
    else reader.problem(`the record at byte ${start + at} does not fit its checksum; it is left out`);
    at = to + FOOTER;
  }
  return at;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
