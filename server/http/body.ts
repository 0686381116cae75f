import { isUtf8 } from "node:buffer";
import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";
import { type ParseError, parse as parseWithPositions, printParseErrorCode } from "jsonc-parser";
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

/** JSON of a body. Errors: `malformed` with line and column where it breaks, or is nested too deep to be stored. */
export function parseJson(bytes: Buffer): unknown {
  const text = utf8(bytes);
  const deep = tooDeep(text);
  if (deep >= 0) throw malformed(text, deep, `is nested more than ${LIMITS.nesting} deep`);
  return parseShallowJson(text);
}

/** JSON whose depth its reader bounds by itself: saves the search for brackets. */
export function parseShallowJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const deep = tooDeep(text);
    if (deep >= 0) throw malformed(text, deep, `is nested more than ${LIMITS.nesting} deep`);
    const errors: ParseError[] = [];
    parseWithPositions(text, errors, { disallowComments: true, allowEmptyContent: false });
    const first = errors[0];
    throw malformed(
      text,
      first?.offset ?? 0,
      `is not valid JSON: ${first ? printParseErrorCode(first.error) : "empty"}`,
    );
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

/** Offset at which brackets are nested too deep, or -1. Brackets within strings do not count. */
function tooDeep(text: string): number {
  if (text.length <= LIMITS.nesting) return -1;
  let depth = 0;
  for (const m of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    const c = m[0];
    if (c === "[" || c === "{") {
      if (++depth > LIMITS.nesting) return m.index;
    } else if (c === "]" || c === "}") depth--;
  }
  return -1;
}

function malformed(text: string, offset: number, what: string): EtalonError {
  const before = text.slice(0, offset).split("\n");
  const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
  return new EtalonError("malformed", `the body ${what} (${place})`, [{ field: "body", message: place }]);
}
