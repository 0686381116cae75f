import { type BatchAxis, type EncodedBatch, LIMITS } from "../protocol";
import type { Batch, Points } from "./recorder";

type Request = Omit<EncodedBatch, "writer" | "seq">;

/** A batch in parts that one request may have; points whose steps cannot be stored are left out and said. */
export function requestsOf(
  batch: Batch,
  scale: number,
): { requests: Request[]; left: { metric: string; step: number }[] } {
  const left: { metric: string; step: number }[] = [];
  const pieces = batch.series.flatMap((series) => piecesOf(scaled(series, scale, left)));
  const requests: Request[] = [];
  let part: Points[] = [];
  let size = 0;
  const rewindTo = batch.rewindTo === null ? null : Math.round(batch.rewindTo * scale);
  const close = () => {
    if (part.length === 0 && (rewindTo === null || requests.length > 0)) return;
    requests.push({ rewindTo: requests.length === 0 ? rewindTo : null, ...onAxes(part) });
    part = [];
    size = 0;
  };
  for (const piece of pieces) {
    if (size + piece.values.length > LIMITS.batchPoints) close();
    part.push(piece);
    size += piece.values.length;
  }
  close();
  return { requests, left };
}

function scaled(series: Points, scale: number, left: { metric: string; step: number }[]): Points {
  const { metric } = series;
  const steps = scale === 1 ? series.steps : series.steps.map((s) => Math.round(s * scale));
  const isGood = (s: number) => Number.isSafeInteger(s) && s >= 0;
  if (steps.every(isGood)) return { ...series, steps };
  const keep: number[] = [];
  for (const [i, step] of steps.entries()) {
    if (isGood(step)) keep.push(i);
    else left.push({ metric, step: series.steps[i]! });
  }
  const of = (column: Float64Array) => Float64Array.from(keep, (i) => column[i]!);
  return {
    metric,
    steps: of(steps),
    values: of(series.values),
    times: of(series.times),
    tokens: of(series.tokens),
  };
}

/** Pieces in which times, and tokens, are all known or all unknown, none too long for one request. */
function piecesOf(series: Points): Points[] {
  const { times, tokens, values } = series;
  const pieces: Points[] = [];
  const kind = (i: number) => 2 * Number(isKnown(times[i]!)) + Number(isKnown(tokens[i]!));
  for (let from = 0; from < values.length; ) {
    let to = from + 1;
    while (to < values.length && to - from < LIMITS.batchPoints && kind(to) === kind(from)) to++;
    const of = (column: Float64Array) => column.subarray(from, to);
    pieces.push({
      metric: series.metric,
      steps: of(series.steps),
      values: of(values),
      times: of(times),
      tokens: of(tokens),
    });
    from = to;
  }
  return pieces;
}

const isKnown = (v: number) => v >= 0 && v <= 8.64e15;

/** Series that lie at the same places share an axis. */
function onAxes(part: readonly Points[]): Pick<Request, "axes" | "series"> {
  const axes: BatchAxis[] = [];
  const series = part.map(({ metric, steps, values, times, tokens }) => {
    const own: BatchAxis = {
      steps,
      tokens: isKnown(tokens[0]!) ? tokens : null,
      times: isKnown(times[0]!) ? times : null,
    };
    const found = axes.findIndex((a) => isSame(a, own));
    const axis = found < 0 ? axes.push(own) - 1 : found;
    return { metric, axis, values };
  });
  return { axes, series };
}

function isSame(a: BatchAxis, b: BatchAxis): boolean {
  return equal(a.steps, b.steps) && equal(a.tokens, b.tokens) && equal(a.times, b.times);
}

function equal(a: Float64Array | null, b: Float64Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((v, i) => v === b[i]);
}
