import { chunksOf, type SourceFile } from "./source";

/** A longer line is no line of a log: what goes beyond is left out, and said. */
export const MOST_LINE = 1 << 20;
const SAMPLED_BYTES = 4_096;
const [NEWLINE, RETURN] = [10, 13];
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of terminals begin with one
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

export interface LineReader {
  /** A line without its end, escapes of terminals taken away; `line` counts from 1. */
  line(text: string, line: number): void;
  /** Told of a line that was too long; its beginning comes as any other. */
  cut?(line: number): void;
  /** Told before the last line where no end of line follows: what its program wrote of it last may be missing. */
  unended?(line: number): void;
  /** Awaited after each piece of the file. */
  room?(): Promise<void> | undefined;
}

/**
 * The lines of a text in UTF-8 or UTF-16, in bounded memory. What a progress bar wrote over with
 * carriage returns comes as lines of one number, empty ones left out. Returns how many lines there are.
 */
export async function eachLine(file: SourceFile, reader: LineReader): Promise<number> {
  let decoder: Decoder | null = null;
  let rest = "";
  let number = 0;
  let isCut = false;
  const end = (text: string) => {
    number++;
    if (isCut) reader.cut?.(number);
    isCut = false;
    whole(text, number, reader);
  };
  for await (const chunk of chunksOf(file)) {
    decoder ??= streaming(encodingOf(chunk));
    const text = rest + decoder.next(chunk, false);
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      isCut ||= at - from > MOST_LINE;
      end(text.slice(from, Math.min(at, from + MOST_LINE)));
      from = at + 1;
    }
    rest = text.slice(from);
    if (rest.length > MOST_LINE) {
      isCut = true;
      rest = rest.slice(0, MOST_LINE);
    }
    const waiting = reader.room?.();
    if (waiting) await waiting;
  }
  rest += decoder?.next(new Uint8Array(0), true) ?? "";
  if (rest !== "") {
    reader.unended?.(number + 1);
    end(rest);
  }
  return number;
}

export interface ByteReader extends LineReader {
  /** A line of a text in UTF-8 before it is decoded, without its end; true where that was enough. */
  bytes(bytes: Uint8Array, from: number, to: number): boolean;
}

/** The same, with each line of UTF-8 as bytes first: to decode what is known by its bytes takes most of the time. */
export async function eachLineOfBytes(file: SourceFile, reader: ByteReader): Promise<number> {
  const first = await file.read(0, Math.min(file.size, SAMPLED_BYTES));
  if (encodingOf(first) !== "utf-8") return eachLine(file, reader);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest: Uint8Array = new Uint8Array(0);
  let number = 0;
  let isCut = false;
  const end = (bytes: Uint8Array, from: number, to: number) => {
    number++;
    isCut ||= to - from > MOST_LINE;
    if (isCut) reader.cut?.(number);
    else if (reader.bytes(bytes, from, bytes[to - 1] === RETURN && to > from ? to - 1 : to)) return;
    isCut = false;
    whole(decoder.decode(bytes.subarray(from, Math.min(to, from + MOST_LINE))), number, reader);
  };
  const hasMark = first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf;
  for await (const chunk of chunksOf(file, hasMark ? 3 : 0)) {
    let from = 0;
    if (rest.length > 0) {
      from = chunk.indexOf(NEWLINE) + 1;
      rest = joined(rest, from === 0 ? chunk : chunk.subarray(0, from - 1));
      if (from > 0) end(rest, 0, rest.length);
    }
    if (from > 0 || rest.length === 0) {
      for (let at = chunk.indexOf(NEWLINE, from); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        end(chunk, from, at);
        from = at + 1;
      }
      rest = chunk.subarray(from);
    }
    if (rest.length > MOST_LINE) {
      isCut = true;
      rest = rest.slice(0, MOST_LINE);
    }
    const waiting = reader.room?.();
    if (waiting) await waiting;
  }
  if (rest.length > 0) {
    reader.unended?.(number + 1);
    end(rest, 0, rest.length);
  }
  return number;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function whole(text: string, number: number, reader: LineReader): void {
  const plain = text.includes("\u001b") ? text.replace(ESCAPES, "") : text;
  const parts = plain.includes("\r") ? plain.split("\r").filter((part) => part.trim() !== "") : [plain];
  for (const part of parts) reader.line(part, number);
}

interface Decoder {
  next(bytes: Uint8Array, isLast: boolean): string;
}

/** By its mark, by where zero bytes lie in its first piece, else UTF-8, whose bad bytes come as U+FFFD. */
function encodingOf(first: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  const [a, b] = first;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  const zeros = [0, 0];
  const sample = first.subarray(0, SAMPLED_BYTES);
  sample.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]!++;
  });
  if (zeros[1]! > sample.length / 4) return "utf-16le";
  return zeros[0]! > sample.length / 4 ? "utf-16be" : "utf-8";
}

function streaming(encoding: string): Decoder {
  const decoder = new TextDecoder(encoding);
  return { next: (bytes, isLast) => decoder.decode(bytes, { stream: !isLast }) };
}
