import { isUtf8 } from "node:buffer";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, gunzipSync, inflate, inflateRaw } from "node:zlib";
import { overLimit, quoteWords, readJson, syntaxError } from "@/lib/json";
import { LIMITS } from "@/lib/protocol";
import { EtalonError } from "../../errors";

/** Below this size unpacking in this thread is faster than handing it to another. */
const SMALL_BYTES = 128 * 1024;

/** Body as bytes, refused above `limit` before it is held in memory whole. */
export async function readBytes(body: AsyncIterable<Uint8Array> | null, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > limit)
      throw new EtalonError("too_large", `the body is larger than ${limit} bytes; send smaller batches`);
  }
  return parts.length === 1 ? Buffer.from(parts[0]!.buffer, parts[0]!.byteOffset, size) : Buffer.concat(parts);
}

/** Undoes `content-encoding`; refuses what would unpack to more than the published limit. */
export async function unpacked(bytes: Buffer, encoding: string | null): Promise<Buffer> {
  const coding = encoding?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return bytes;
  const unpack = unpackerOf(coding, bytes);
  if (!unpack) {
    throw new EtalonError("malformed", `content-encoding "${encoding}" is not known; use gzip, deflate, br or none`);
  }
  try {
    return await unpack(bytes, { maxOutputLength: LIMITS.unpackedBytes });
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new EtalonError("too_large", `the unpacked body is larger than ${LIMITS.unpackedBytes} bytes`);
    }
    throw new EtalonError("malformed", `the body is not valid ${coding}: ${message}`);
  }
}

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer | Promise<Buffer>;

function unpackerOf(coding: string, bytes: Buffer): Unpack | null {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return bytes.length <= SMALL_BYTES && sizeHint(bytes) <= SMALL_BYTES * 8 ? gunzipSync : promisify(gunzip);
    case "deflate":
      // By the standard with a header of two bytes, which many programs leave out.
      return promisify(hasZlibHeader(bytes) ? inflate : inflateRaw);
    case "br":
      return promisify(brotliDecompress);
    default:
      return null;
  }
}

function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes[0]! & 15) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

const MOST = { depth: LIMITS.nesting, values: LIMITS.jsonValues };

/**
 * A value of JSON with the comma after it has this many characters at least: a shorter text has fewer values than the
 * limit.
 */
const CHARACTERS_A_VALUE = 2;

/**
 * JSON of a body, every digit of its numbers kept. Errors: `malformed` with line and column where it breaks or is
 * nested too deep to be stored, `too_large` with too many values. Time and memory grow with the size of the text alone.
 */
export function parseJson(bytes: Buffer): unknown {
  const text = utf8(bytes);
  checkLimits(text);
  return parsedJson(text, readJson);
}

/** JSON whose depth its reader bounds by itself and whose numbers become doubles: a short one is parsed at once. */
export function parseShallowJson(text: string): unknown {
  if (text.length > CHARACTERS_A_VALUE * LIMITS.jsonValues) checkLimits(text);
  return parsedJson(text, JSON.parse);
}

function parsedJson(text: string, parse: (text: string) => unknown): unknown {
  const read = attempt(text, parse);
  if ("value" in read) return read.value;
  if (read.error instanceof RangeError) {
    const { message } = read.error;
    throw new EtalonError("malformed", message, [{ field: "body", message }]);
  }
  checkLimits(text);
  const quoted = quoteWords(text);
  if (quoted !== text) {
    const again = attempt(quoted, parse);
    if ("value" in again) return again.value;
  }
  const placed = quoteWords(text, (word) => word.replace(/\w/g, "1")); // as long as the word was
  const { at, message } = syntaxError(placed) ?? { at: 0, message: "it cannot be read" };
  throw malformed(text, at, `is not valid JSON: ${message}`);
}

function attempt(text: string, parse: (text: string) => unknown): { value: unknown } | { error: unknown } {
  try {
    return { value: parse(text) };
  } catch (error) {
    return { error };
  }
}

function checkLimits(text: string): void {
  if (text.length <= LIMITS.nesting) return;
  const over = overLimit(text, MOST);
  if (over?.what === "depth") throw malformed(text, over.at, `is nested more than ${LIMITS.nesting} deep`);
  if (over) {
    const message = `the body has more than ${LIMITS.jsonValues} values; send smaller parts`;
    throw new EtalonError("too_large", message, [{ field: "body", message: placeOf(text, over.at) }]);
  }
}

/** Text of a body, without a byte order mark. Errors: `malformed` with the first byte that is not UTF-8. */
export function utf8(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (isUtf8(bytes)) return text.startsWith("\uFEFF") ? text.slice(1) : text;
  const again = Buffer.from(text); // what is not UTF-8 has become U+FFFD
  const at = bytes.findIndex((byte, i) => byte !== again[i]);
  throw new EtalonError("malformed", `the body is not valid UTF-8 at byte ${at}`, [
    { field: "body", message: `byte ${at}` },
  ]);
}

/** Last four bytes of gzip: the unpacked size, modulo 2^32; a hint only. */
function sizeHint(bytes: Buffer): number {
  return bytes.length >= 4 ? bytes.readUInt32LE(bytes.length - 4) : 0;
}

function malformed(text: string, offset: number, what: string): EtalonError {
  const place = placeOf(text, offset);
  return new EtalonError("malformed", `the body ${what} (${place})`, [{ field: "body", message: place }]);
}

function placeOf(text: string, offset: number): string {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return `line ${line}, column ${offset - start + 1}`;
}
