/**
 * Where points lie, in optimiser steps, tokens seen and time: what metrics that are logged together share. Unknown
 * tokens and times are NaN; a column is null when all of it is unknown.
 */
export interface Axis {
  steps: Float64Array;
  tokens: Float64Array | null;
  /** Milliseconds since 1970. */
  times: Float64Array | null;
}

/** Points of one (run, metric), columnar; values are in the metric's own unit. */
export interface Points extends Axis {
  values: Float64Array;
}

/** What comes to a (run, metric) in order of arrival: points, or the run's return to an earlier step. */
export type Arrival = { kind: "points"; points: Points } | { kind: "rewind"; step: number };

export const NO_POINTS: Points = {
  steps: new Float64Array(0),
  values: new Float64Array(0),
  tokens: null,
  times: null,
};

/**
 * The visible points after `arrivals`, ascending in step, one a step: the last arrival wins, and a rewind to step s
 * hides every earlier arrival at a step above s. `visible` must be ascending without repeats.
 */
export function applyArrivals(visible: Points, arrivals: readonly Arrival[]): Points {
  let settled = visible;
  let waiting: Points[] = [];
  let end = lastStep(visible);
  const settle = () => {
    settled = merged([settled, ...waiting]);
    waiting = [];
  };
  for (const arrival of arrivals) {
    if (arrival.kind === "points") {
      waiting.push(arrival.points);
      end = Math.max(end, maximum(arrival.points.steps));
    } else if (end > arrival.step) {
      settle();
      settled = slice(settled, 0, upperBound(settled.steps, arrival.step));
      end = lastStep(settled);
    }
  }
  settle();
  return settled;
}

/**
 * Joins parts in order of arrival into one ascending series; at equal steps the later part, or the later entry, wins.
 */
export function merged(parts: readonly Points[]): Points {
  const filled = parts.filter((p) => p.steps.length > 0);
  const only = filled[0];
  if (!only) return NO_POINTS;
  if (filled.length === 1 && ascending(only.steps)) return only;
  const all = concat(filled);
  if (ascending(all.steps)) return all;
  // Ties keep the order of arrival because the index decides them.
  const order = Uint32Array.from(all.steps, (_, i) => i).sort((i, j) => all.steps[i]! - all.steps[j]! || i - j);
  const kept = order.filter((i, k) => k === order.length - 1 || all.steps[order[k + 1]!] !== all.steps[i]);
  return pick(all, kept);
}

export function slice(p: Points, from: number, to: number): Points {
  if (from === 0 && to >= p.steps.length) return p;
  return {
    steps: p.steps.subarray(from, to),
    values: p.values.subarray(from, to),
    tokens: p.tokens?.subarray(from, to) ?? null,
    times: p.times?.subarray(from, to) ?? null,
  };
}

/** Index of the first step above `step`, in ascending steps. */
export function upperBound(steps: ArrayLike<number>, step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function concat(parts: readonly Points[]): Points {
  const length = parts.reduce((n, p) => n + p.steps.length, 0);
  const column = (of: (p: Points) => Float64Array | null) => {
    const out = new Float64Array(length);
    let at = 0;
    for (const p of parts) {
      const values = of(p);
      if (values) out.set(values, at);
      else out.fill(Number.NaN, at, at + p.steps.length);
      at += p.steps.length;
    }
    return out;
  };
  return {
    steps: column((p) => p.steps),
    values: column((p) => p.values),
    tokens: parts.some((p) => p.tokens) ? column((p) => p.tokens) : null,
    times: parts.some((p) => p.times) ? column((p) => p.times) : null,
  };
}

/** Points at the given indices, in that order. */
export function pick(p: Points, indices: Uint32Array): Points {
  const column = (values: Float64Array) => {
    const out = new Float64Array(indices.length);
    for (let i = 0; i < indices.length; i++) out[i] = values[indices[i]!]!;
    return out;
  };
  return {
    steps: column(p.steps),
    values: column(p.values),
    tokens: p.tokens && column(p.tokens),
    times: p.times && column(p.times),
  };
}

/** True when every step is above the one before. */
export function ascending(steps: Float64Array): boolean {
  for (let i = 1; i < steps.length; i++) if (!(steps[i]! > steps[i - 1]!)) return false;
  return true;
}

/** The least of some times, in milliseconds since 1970; null where none is known. */
export function earliest(times: Float64Array | null): number | null {
  let least = Number.POSITIVE_INFINITY;
  for (const t of times ?? []) if (t < least) least = t;
  return least < Number.POSITIVE_INFINITY ? least : null;
}

function lastStep(p: Points): number {
  return p.steps.length > 0 ? p.steps[p.steps.length - 1]! : Number.NEGATIVE_INFINITY;
}

function maximum(steps: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const s of steps) if (s > most) most = s;
  return most;
}
