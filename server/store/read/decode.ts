import { type Axis, type Points, upperBound } from "@/lib/series";
import { unpackInto } from "../format/codec";

/** A chunk of one metric with its axis, packed; tokens and times are null where they are unknown or not asked for. */
export interface PackedChunk {
  points: number;
  values: Buffer;
  steps: Buffer;
  tokens: Buffer | null;
  times: Buffer | null;
}

/** Of steps, both ends included. */
export interface StepRange {
  from: number;
  to: number;
}

export const ALL_STEPS: StepRange = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** An axis within a range of steps: points `start` to `end` of the chunks. */
interface Stretch extends Axis {
  start: number;
  end: number;
}

/** Points whose values are decoded when they are asked for: into an array of `allocate`, or one of their own. */
export interface PackedPoints extends Axis {
  values: (allocate?: Allocate) => Float64Array;
}

export type Allocate = (n: number) => Float64Array;

/**
 * A decoder of chunks that follow each other, for many runs of one query: runs that were logged alike have the same
 * packed bytes as axes and share the arrays that these become.
 */
export function chunkDecoder(range: StepRange): (chunks: readonly PackedChunk[]) => PackedPoints {
  const axes = new Map<string, Stretch>();
  return (chunks) => {
    const key = axisKey(chunks);
    const axis = axes.get(key) ?? decodeAxis(chunks, range);
    axes.set(key, axis);
    const { start, end, ...columns } = axis;
    return { ...columns, values: (allocate) => column(chunks, (c) => c.values, allocate).subarray(start, end) };
  };
}

export function unpacked(points: PackedPoints): Points {
  return { ...points, values: points.values() };
}

/** Gives out one array again and again: for who is done with the one before. */
export function reusedRoom(): Allocate {
  let room = new Float64Array(0);
  return (n) => {
    if (room.length < n) room = new Float64Array(n);
    return room.subarray(0, n);
  };
}

function axisKey(chunks: readonly PackedChunk[]): string {
  const parts = chunks.flatMap((c) => [c.steps, c.tokens, c.times].map((p) => `${p?.length} ${p?.toString("latin1")}`));
  return `${chunks.map((c) => c.points).join()} ${parts.join()}`;
}

function decodeAxis(chunks: readonly PackedChunk[], range: StepRange): Stretch {
  const steps = column(chunks, (c) => c.steps);
  const [start, end] = [upperBound(steps, range.from - 1), upperBound(steps, range.to)];
  const optional = (of: (c: PackedChunk) => Buffer | null) =>
    chunks.some(of) ? column(chunks, of).subarray(start, end) : null;
  return {
    start,
    end,
    steps: steps.subarray(start, end),
    tokens: optional((c) => c.tokens),
    times: optional((c) => c.times),
  };
}

/** One column of all chunks; NaN where it is unknown. */
function column(
  chunks: readonly PackedChunk[],
  of: (c: PackedChunk) => Buffer | null,
  allocate: Allocate = (n) => new Float64Array(n),
): Float64Array {
  const out = allocate(chunks.reduce((n, c) => n + c.points, 0));
  let at = 0;
  for (const c of chunks) {
    const packed = of(c);
    const place = out.subarray(at, at + c.points);
    if (packed) unpackInto(packed, place);
    else place.fill(Number.NaN);
    at += c.points;
  }
  return out;
}
