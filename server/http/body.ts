import { isUtf8 } from "node:buffer";
import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";
import { overLimit, readJson, syntaxError } from "@/lib/json";
import { LIMITS } from "@/lib/protocol";
import { EtalonError } from "../errors";

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
  if (!encoding || encoding === "identity") return bytes;
  if (encoding !== "gzip") {
    throw new EtalonError("malformed", `content-encoding "${encoding}" is not known; use gzip or none`);
  }
  const options = { maxOutputLength: LIMITS.unpackedBytes };
  try {
    return bytes.length <= SMALL_BYTES && sizeHint(bytes) <= SMALL_BYTES * 8
      ? gunzipSync(bytes, options)
      : await promisify(gunzip)(bytes, options);
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new EtalonError("too_large", `the unpacked body is larger than ${LIMITS.unpackedBytes} bytes`);
    }
    throw new EtalonError("malformed", `the body is not valid gzip: ${message}`);
  }
}

const MOST = { depth: LIMITS.nesting, values: LIMITS.jsonValues };

/** A value of JSON with the comma after it has this many characters at least: a shorter text has fewer values than the limit. */
const CHARACTERS_A_VALUE = 2;

/**
 * JSON of a body, every digit of its numbers kept. Errors: `malformed` with line and column where it breaks or is nested
 * too deep to be stored, `too_large` with too many values. Time and memory grow with the size of the text alone.
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
  try {
    return parse(text);
  } catch (e) {
    if (e instanceof RangeError) throw new EtalonError("malformed", e.message, [{ field: "body", message: e.message }]);
    checkLimits(text);
    const { at, message } = syntaxError(text) ?? { at: 0, message: "it cannot be read" };
    throw malformed(text, at, `is not valid JSON: ${message}`);
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

/** Text of a body. Errors: `malformed` with the first byte that is not UTF-8. */
export function utf8(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (isUtf8(bytes)) return text;
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
