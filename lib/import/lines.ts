import { chunksOf, type SourceFile } from "./source";

/** A longer line is no line of a log: what goes beyond is left out, and said. */
export const MOST_LINE = 1 << 20;
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
    decoder ??= decoderOf(chunk);
    const text = rest + decoder.next(chunk, false);
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
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

function whole(text: string, number: number, reader: LineReader): void {
  const plain = text.includes("\u001b") ? text.replace(ESCAPES, "") : text;
  const parts = plain.includes("\r") ? plain.split("\r").filter((part) => part.trim() !== "") : [plain];
  for (const part of parts) reader.line(part, number);
}

interface Decoder {
  next(bytes: Uint8Array, isLast: boolean): string;
}

/** By its mark, by where zero bytes lie in its first piece, else UTF-8, whose bad bytes come as U+FFFD. */
function decoderOf(first: Uint8Array): Decoder {
  const [a, b] = first;
  if (a === 0xff && b === 0xfe) return streaming("utf-16le");
  if (a === 0xfe && b === 0xff) return streaming("utf-16be");
  const zeros = [0, 0];
  const sample = first.subarray(0, 4_096);
  sample.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]!++;
  });
  if (zeros[1]! > sample.length / 4) return streaming("utf-16le");
  if (zeros[0]! > sample.length / 4) return streaming("utf-16be");
  return streaming("utf-8");
}

function streaming(encoding: string): Decoder {
  const decoder = new TextDecoder(encoding);
  return { next: (bytes, isLast) => decoder.decode(bytes, { stream: !isLast }) };
}
