"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type RefObject, useRef } from "react";
import { along, type LineX, valueAt } from "@/app/_charts/run-lines/lines";
import { BUCKET_COLUMNS, type Buckets, decodeSeries, SERIES_TYPE, type SeriesAnswer } from "@/lib/series";
import { useLive } from "../live";
import { useSettled } from "./use-settled";

type Series = SeriesAnswer["series"];

interface Wanted {
  team: string;
  runIds: string[];
  metric: string;
  x: LineX;
  logX: boolean;
}

interface Range {
  from: number;
  to: number;
}

const ZOOM_AFTER_MS = 150;
/** Points that came late and lie before the end of a curve are seen after at most this long. */
const WHOLE_AGAIN_MS = 60_000;
const FEW_RUNS = 200;
/** Runs of one request. */
const ASKED_AT_ONCE = 1_000;

/** Buckets a run: as many as a chart has pixels, fewer where hundreds of lines lie over each other. */
export const bucketCount = (runs: number) => (runs > ASKED_AT_ONCE ? 200 : runs > FEW_RUNS ? 500 : 1_000);

/**
 * Curves of one metric in buckets. A zoom shows what is at hand and then its own range at full resolution; new points
 * are appended as they come, from the last one known. A zoom is read with `reach` around it (a share of the whole
 * range): lines enter and leave the view, and what smoothing needs is there.
 */
export function useBuckets(wanted: Wanted, range: Range | null, reach: number) {
  const { team, runIds, metric, x, logX } = wanted;
  const key = ["buckets", team, metric, x, logX, runIds];
  const wholeAt = useRef(new Map<string, number>());
  const whole = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const begun = Date.now();
      const answer = await fetchBuckets(wanted, null, signal);
      wholeAt.current = new Map(runIds.map((id) => [id, begun]));
      return answer.series;
    },
    enabled: runIds.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
  const settled = useSettled(range, ZOOM_AFTER_MS);
  const zoomed = useQuery({
    queryKey: [...key, settled, reach],
    queryFn: async ({ signal }) =>
      (await fetchBuckets(wanted, settled && widened(settled, extent(whole.data ?? NONE, logX), reach, logX), signal))
        .series,
    enabled: settled !== null && whole.data !== undefined,
    staleTime: WHOLE_AGAIN_MS,
    gcTime: 30_000,
    structuralSharing: false,
  });
  useNewPoints(key, wanted, wholeAt);
  const current = settled !== null && settled === range ? zoomed.data : undefined;
  return {
    series: current ?? whole.data ?? NONE,
    whole: whole.data ?? NONE,
    loading: whole.isPending && runIds.length > 0,
    refining: settled !== range || (settled !== null && zoomed.isFetching),
    error: whole.error?.message ?? zoomed.error?.message ?? null,
  };
}

/** Appends what comes to the curves of a query; `wholeAt`: when each was last read as a whole. */
function useNewPoints(key: readonly unknown[], wanted: Wanted, wholeAt: RefObject<Map<string, number>>): void {
  const { runIds } = wanted;
  const client = useQueryClient();
  useLive(async (events) => {
    if (events.length === 0) return void client.invalidateQueries({ queryKey: key });
    const touched = (kind: string) => runIds.filter((id) => events.some((e) => e.kind === kind && e.id === id));
    const rewound = new Set(touched("rewind"));
    const known = client.getQueryData<Series>(key);
    const changed = touched("metrics");
    if (!known || changed.length === 0) return;
    const begun = Date.now();
    const again = changed.filter((id) => {
      const length = known.find((s) => s.runId === id)?.buckets.x.length ?? 0;
      const old = begun - (wholeAt.current.get(id) ?? 0) > WHOLE_AGAIN_MS;
      return rewound.has(id) || length === 0 || length > 2 * bucketCount(runIds.length) || old;
    });
    const tails = changed.filter((id) => !again.includes(id));
    const [fresh, tail] = await Promise.all([
      again.length > 0 ? fetchBuckets({ ...wanted, runIds: again }, null) : null,
      tails.length > 0 ? fetchBuckets({ ...wanted, runIds: tails }, { from: lastOf(known, tails), to: null }) : null,
    ]);
    for (const id of again) wholeAt.current.set(id, begun);
    client.setQueryData<Series>(key, (now) =>
      now?.map((s) => {
        const replaced = fresh?.series.find((f) => f.runId === s.runId);
        const more = tail?.series.find((t) => t.runId === s.runId);
        return replaced ?? (more ? extended(s, more) : s);
      }),
    );
  });
}

const NONE: Series = [];

/** The whole of x as positions on its axis; null without points. */
export function extent(series: Series, log: boolean): { low: number; high: number } | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { buckets } of series) {
    if (buckets.x.length === 0) continue;
    low = Math.min(low, along(buckets.x[0]!, { log }));
    high = Math.max(high, along(buckets.x.at(-1)!, { log }));
  }
  return high >= low ? { low, high } : null;
}

const LEAST_REACH = 0.05;

/** A range with room on both sides: a part of itself, or `reach` of the whole where that is more. */
export function widened(
  { from, to }: Range,
  whole: { low: number; high: number } | null,
  reach: number,
  log: boolean,
): Range {
  const [left, right] = [along(from, { log }), along(to, { log })];
  const room = Math.max(LEAST_REACH * (right - left), whole ? reach * (whole.high - whole.low) : 0);
  return { from: valueAt(left - room, { log }), to: valueAt(right + room, { log }) };
}

/** In as many requests as it takes, one after the other. */
async function fetchBuckets(
  wanted: Wanted,
  range: { from: number; to: number | null } | null,
  signal?: AbortSignal,
): Promise<SeriesAnswer> {
  const { runIds } = wanted;
  const first = await fetchPart(wanted, runIds.slice(0, ASKED_AT_ONCE), range, signal);
  const series = [...first.series];
  for (let at = ASKED_AT_ONCE; at < runIds.length; at += ASKED_AT_ONCE)
    series.push(...(await fetchPart(wanted, runIds.slice(at, at + ASKED_AT_ONCE), range, signal)).series);
  return { ...first, series };
}

async function fetchPart(
  { team, runIds: all, metric, x, logX }: Wanted,
  runIds: string[],
  range: { from: number; to: number | null } | null,
  signal?: AbortSignal,
): Promise<SeriesAnswer> {
  const body = {
    runIds,
    metric,
    x,
    scale: logX ? "log" : "linear",
    buckets: bucketCount(all.length),
    ...(range && { from: range.from }),
    ...(range?.to != null && { to: range.to }),
  };
  const response = await fetch(`/api/series?team=${encodeURIComponent(team)}`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: SERIES_TYPE },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
    throw new Error(problem?.error?.message ?? `the curves could not be read (${response.status})`);
  }
  const data = await response.arrayBuffer();
  performance.mark("etalon:buckets-arrived", { detail: { runs: runIds.length, metric } });
  return decodeSeries(data);
}

function lastOf(series: Series, runIds: string[]): number {
  return Math.min(...runIds.map((id) => series.find((s) => s.runId === id)?.buckets.x.at(-1) ?? 0));
}

/** A curve with what lies beyond its end. */
export function extended(old: Series[number], tail: Series[number]): Series[number] {
  const last = old.buckets.x.at(-1) ?? Number.NEGATIVE_INFINITY;
  const from = tail.buckets.x.findIndex((v) => v > last);
  if (from < 0) return old;
  const buckets = Object.fromEntries(
    BUCKET_COLUMNS.map((c) => {
      const column = new Float64Array(old.buckets[c].length + tail.buckets[c].length - from);
      column.set(old.buckets[c]);
      column.set(tail.buckets[c].subarray(from), old.buckets[c].length);
      return [c, column];
    }),
  ) as Buckets;
  return { ...old, points: old.points + tail.buckets.count.subarray(from).reduce((a, b) => a + b, 0), buckets };
}
