import type { Axis, Points } from "@/lib/series";

/** One series of a batch; series of a batch may share their arrays of steps, tokens and times. */
export interface SegmentSeries extends Points {
  metricId: number;
}

const VERSION = 1;
const TOKENS = 1;
const TIMES = 2;

/**
 * A batch as it waits in the inbox. Little-endian: u32 version, axes, series, 0; per axis u32 points, columns; per
 * series u32 metric, axis; padding to 8 bytes; then doubles: per axis steps[, tokens][, times]; per series values. Axes
 * that several series share are there once.
 */
export function encodeSegment(series: readonly SegmentSeries[]): Buffer {
  const axes: Axis[] = [];
  const axisOf = series.map((s) => {
    const known = axes.findIndex((a) => sameAxis(a, s));
    return known >= 0 ? known : axes.push(s) - 1;
  });
  const words = 4 + 2 * (axes.length + series.length);
  const columns = axes.flatMap((a) => [a.steps, a.tokens, a.times]).filter((c) => c !== null);
  const doubles = [...columns, ...series.map((s) => s.values)];
  const out = new ArrayBuffer(words * 4 + 8 * doubles.reduce((n, c) => n + c.length, 0));
  const head = new Uint32Array(out, 0, words);
  head.set([VERSION, axes.length, series.length, 0]);
  axes.forEach((a, i) => {
    head.set([a.steps.length, (a.tokens ? TOKENS : 0) | (a.times ? TIMES : 0)], 4 + 2 * i);
  });
  series.forEach((s, i) => {
    head.set([s.metricId, axisOf[i]!], 4 + 2 * (axes.length + i));
  });
  const body = new Float64Array(out, words * 4);
  let at = 0;
  for (const column of doubles) {
    body.set(column, at);
    at += column.length;
  }
  return Buffer.from(out);
}

/** The series of a segment; with `metricIds`, only those. */
export function decodeSegment(data: Buffer, metricIds?: ReadonlySet<number>): SegmentSeries[] {
  const copy = new Uint8Array(data).buffer; // a buffer of its own is aligned for doubles
  const start = new Uint32Array(copy, 0, 4);
  const [version, axisCount, seriesCount] = [start[0]!, start[1]!, start[2]!];
  if (version !== VERSION) throw new Error(`a segment of version ${version} cannot be read by this version of Etalon`);
  const words = 4 + 2 * (axisCount + seriesCount);
  const head = new Uint32Array(copy, 0, words);
  const body = new Float64Array(copy, words * 4);
  let at = 0;
  const take = (n: number) => {
    at += n;
    return body.subarray(at - n, at);
  };
  const axes = Array.from({ length: axisCount }, (_, i) => {
    const [n, columns] = [head[4 + 2 * i]!, head[5 + 2 * i]!];
    return {
      steps: take(n),
      tokens: columns & TOKENS ? take(n) : null,
      times: columns & TIMES ? take(n) : null,
    };
  });
  return Array.from({ length: seriesCount }, (_, i) => {
    const k = 4 + 2 * (axisCount + i);
    const { steps, tokens, times } = axes[head[k + 1]!]!;
    return { metricId: head[k]!, steps, tokens, times, values: take(steps.length) };
  }).filter((s) => !metricIds || metricIds.has(s.metricId));
}

function sameAxis(p: Axis, q: Axis): boolean {
  return same(p.steps, q.steps) && same(p.tokens, q.tokens) && same(p.times, q.times);
}

function same(p: Float64Array | null, q: Float64Array | null): boolean {
  if (p === q) return true;
  if (!p || !q || p.length !== q.length) return false;
  for (let i = 0; i < p.length; i++) if (!Object.is(p[i], q[i])) return false;
  return true;
}
