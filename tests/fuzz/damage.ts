import type { Random } from "./random";

/** What may become of bytes; `other` are those of another file. */
type Damage = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const LONG = 3 << 19;
/** Sequences of UTF-8 that break off, that are too long, that stand for half a pair, and marks of byte order. */
const ODD_BYTES = ["c3", "e282", "f09f98", "c080", "eda080", "ff", "00", "fffe", "feff", "efbbbf", "0d", "1b5b"];
const ODD_VALUES = [
  ...["nan", "NaN", "-inf", "Infinity", "1e999", "-1e-999", "-0", "", "null", "true", "1,5", "0x10", "١"],
  ...["9007199254740993", "-1", "1".repeat(400), "1.5.5", "[1, 2]", "{}", '"', "'", "\\", "\u0000", "__proto__"],
  ...["[".repeat(20_000), '{"a":'.repeat(20_000), "a".repeat(5_000), "((((((((((a+)+)+", "- ".repeat(3_000)],
];

const inserted = (bytes: Buffer, at: number, piece: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);

/** A piece of at most a quarter, mostly a small one. */
function pieceOf(bytes: Buffer, random: Random): [number, number] {
  const from = random.below(bytes.length + 1);
  const most = random.below(3) === 0 ? bytes.length / 4 : 200;
  return [from, Math.min(bytes.length, from + random.below(most + 1))];
}

/** The end is lost. */
export const cut: Damage = (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1));

const damages: readonly Damage[] = [
  cut,
  (bytes, random) => {
    const [from, to] = pieceOf(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const flipped = Buffer.from(bytes);
    for (let n = 1 + random.below(16); n > 0 && bytes.length > 0; n--)
      flipped[random.below(bytes.length)]! ^= 1 << random.below(8);
    return flipped;
  },
  (bytes, random) => {
    const [from, to] = pieceOf(bytes, random);
    return Buffer.from(bytes).fill(random.one([0, 0x20, 0x0a, 0xff]), from, to);
  },
  (bytes, random) => {
    const [from, to] = pieceOf(bytes, random);
    return inserted(bytes, random.one([from, to, random.below(bytes.length + 1)]), bytes.subarray(from, to));
  },
  (bytes, random, other) => interleaved(bytes, random, other),
  (bytes, random) => {
    const piece = Buffer.alloc(LONG, random.one(["x", "1", "1,", "a=1 ", '"', "\t", " ", "[", "{", "\\"]));
    return inserted(bytes, random.below(bytes.length + 1), piece);
  },
  (bytes, random) => inserted(bytes, random.below(bytes.length + 1), Buffer.from(random.one(ODD_BYTES), "hex")),
  (bytes, random) => lines(bytes, random, (line, sign, column) => doubledColumn(line, sign, column)),
  (bytes, random) => lines(bytes, random, (line, sign, column) => line.split(sign).toSpliced(column, 1).join(sign)),
  (bytes, random) => oddValue(bytes, random),
  (bytes, random) => {
    const all = bytes.toString("latin1").split("\n");
    const [from, to] = [random.below(all.length), random.below(all.length)];
    [all[from], all[to]] = [all[to]!, all[from]!];
    return Buffer.from(all.join("\n"), "latin1");
  },
  (bytes, random) => Buffer.from(bytes.toString("latin1").replaceAll("\n", random.one(["\r\n", "\r", ""])), "latin1"),
  (bytes) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(bytes.toString("utf8"), "utf16le")]),
];

/** One to three things happen to a file. */
export function damaged(bytes: Buffer, random: Random, other: Buffer): Buffer {
  let now = bytes;
  for (let n = 1 + random.below(3); n > 0; n--) now = random.one(damages)(now, random, other);
  return now;
}

/** Two programs that write into one file: pieces or lines of both in turn. */
function interleaved(bytes: Buffer, random: Random, other: Buffer): Buffer {
  const most = 1 + random.below(4_096);
  const byLine = random.below(2) === 0;
  const parts: Buffer[] = [];
  let [i, j] = [0, 0];
  const next = (from: Buffer, at: number) => {
    const end = byLine ? from.indexOf("\n", at) + 1 : at + most;
    return end <= at ? from.length : Math.min(from.length, end);
  };
  while (i < bytes.length || j < other.length) {
    const [a, b] = [next(bytes, i), next(other, j)];
    parts.push(bytes.subarray(i, a), other.subarray(j, b));
    [i, j] = [a, b];
  }
  return Buffer.concat(parts);
}

function lines(bytes: Buffer, random: Random, change: (line: string, sign: string, column: number) => string): Buffer {
  const sign = random.one([",", "\t", " ", ";", "|"]);
  const column = random.below(6);
  const onlyFirst = random.below(3) === 0;
  const changed = bytes
    .toString("latin1")
    .split("\n")
    .map((line, i) => (line === "" || (onlyFirst && i > 0) ? line : change(line, sign, column)));
  return Buffer.from(changed.join("\n"), "latin1");
}

function doubledColumn(line: string, sign: string, column: number): string {
  const cells = line.split(sign);
  return column < cells.length ? cells.toSpliced(column, 0, cells[column]!).join(sign) : line;
}

/** A number or a word becomes something else. */
function oddValue(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString("latin1");
  const start = random.below(text.length + 1);
  const found = /[-+\w.]+/.exec(text.slice(start, start + 500));
  if (!found) return bytes;
  const from = start + found.index;
  const value = Buffer.from(random.one(ODD_VALUES)).toString("latin1");
  return Buffer.from(text.slice(0, from) + value + text.slice(from + found[0].length), "latin1");
}
