import { chunksOf, type SourceFile } from "../source";

const BLOCK = 32_768;
const FILE_HEADER = 7;
const RECORD_HEADER = 7;
const [WHOLE, FIRST, MIDDLE, LAST] = [1, 2, 3, 4];

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

export interface RecordReader {
  record(bytes: Uint8Array): void;
  problem(message: string): void;
  room(): Promise<void> | undefined;
}

/** Whether bytes begin as a W&B file does: `:W&B` and its number. */
export function beginsFile(bytes: Uint8Array): boolean {
  return [0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe].every((byte, i) => bytes[i] === byte);
}

/**
 * The records of a W&B file: a log of LevelDB in blocks of 32 KiB, with plain CRC-32 of a record's type and content.
 * Where one does not fit, the next block is the next place where a record surely begins.
 */
export async function eachRecord(file: SourceFile, reader: RecordReader): Promise<void> {
  const log = new Log(reader);
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunksOf(file)) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let at = 0;
    for (; at + BLOCK <= bytes.length; at += BLOCK) log.block(bytes.subarray(at, at + BLOCK));
    rest = bytes.subarray(at);
    const waiting = reader.room();
    if (waiting) await waiting;
  }
  log.block(rest);
  log.end();
}

class Log {
  private start = 0;
  private parts: Uint8Array[] = [];
  private isCut = false;

  constructor(private readonly reader: RecordReader) {}

  /** One block, or what there is of the last one. */
  block(bytes: Uint8Array): void {
    let at = this.start === 0 ? FILE_HEADER : 0;
    while (at + RECORD_HEADER <= bytes.length) {
      const length = bytes[at + 4]! | (bytes[at + 5]! << 8);
      const type = bytes[at + 6]!;
      const from = at + RECORD_HEADER;
      if (type === 0 && length === 0) break;
      if (from + length > bytes.length) {
        this.isCut = bytes.length < BLOCK;
        if (!this.isCut) this.bad(at);
        break;
      }
      if (crcOf(bytes, at + 6, from + length) !== wordAt(bytes, at)) {
        this.bad(at);
        break;
      }
      this.part(type, bytes.subarray(from, from + length));
      at = from + length;
    }
    this.start += bytes.length;
  }

  end(): void {
    if (this.isCut || this.parts.length > 0)
      this.reader.problem("the file is cut in the middle of its last record, which is left out");
  }

  private bad(at: number): void {
    this.parts = [];
    this.reader.problem(
      `the record at byte ${this.start + at} does not fit its checksum; it is left out with the rest of its block of 32 KiB`,
    );
  }

  private part(type: number, bytes: Uint8Array): void {
    if (type === WHOLE) {
      this.parts = [];
      this.reader.record(bytes);
    } else if (type === FIRST) this.parts = [bytes];
    else if (this.parts.length > 0 && (type === MIDDLE || type === LAST)) {
      this.parts.push(bytes);
      if (type === MIDDLE) return;
      this.reader.record(joined(this.parts));
      this.parts = [];
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function crcOf(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  for (let at = from; at < to; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
