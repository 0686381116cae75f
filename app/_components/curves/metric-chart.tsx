"use client";

import { useCallback, useMemo } from "react";
import type { RunLine } from "@/app/_charts/run-lines/lines";
import { RunLines } from "@/app/_charts/run-lines/run-lines";
import * as format from "@/lib/format";
import { type Buckets, type SeriesAnswer, type Smoothing, smooth } from "@/lib/series";
import type { Coloured, CurveRun } from "./colouring";
import { extent, useBuckets } from "./use-buckets";
import type { CurveView } from "./view";

const NAMES: Record<string, string> = {
  "train/loss": "Training loss (nats per token)",
  "train/lr": "Learning rate (muP base)",
  "train/grad_norm": "Gradient norm before clipping",
  "val/loss": "Held-out loss (nats per token)",
  "perf/tokens_per_s": "Tokens per second",
};

export const metricName = (metric: string) => NAMES[metric] ?? metric;

interface Props {
  team: string;
  runs: readonly CurveRun[];
  metric: string;
  view: CurveView;
  change: (part: Partial<CurveView>) => void;
  coloured: Coloured | null;
  title?: string;
  note?: string;
  height?: number;
  onSelect?: (runId: string) => void;
}

/** One metric of some runs. */
export function MetricChart(props: Props) {
  const { team, runs, metric, view, change, coloured, title, note, height = 280, onSelect } = props;
  const runIds = useMemo(() => runs.map((r) => r.id), [runs]);
  const { series, whole, loading, refining, error } = useBuckets(
    { team, runIds, metric, x: view.x, logX: view.logX },
    view.range,
    view.smoothing === "none" ? 0 : (SMOOTHING_REACH * view.amount) / 100,
  );
  const smoothing = useMemo(() => smoothingOf(view, whole), [view, whole]);
  const lines = useMemo(
    () => (coloured && series.length > 0 ? linesOf(series, runs, coloured, smoothing, view.logX) : NO_LINES),
    [series, runs, coloured, smoothing, view.logX],
  );
  const onZoom = useCallback((range: CurveView["range"]) => change({ range }), [change]);
  const drawn = lines.filter((l) => l.buckets.x.length > 0).length;
  const withoutX = series.filter((s) => s.points === 0 && s.withoutX > 0).length;
  const { points, nonFinite } = useMemo(() => counted(series, view.range), [series, view.range]);
  const said = [
    runs.length > 1 && `${drawn} ${drawn === 1 ? "run" : "runs"}`,
    `${points.toLocaleString("en")} ${points === 1 ? "point" : "points"}`,
    nonFinite > 0 && `${nonFinite} of them NaN or infinite (marked at the top)`,
    drawn > 0 && withoutX > 0 && `${withoutX} without ${view.x === "tokens" ? "tokens" : "times"} not shown`,
    refining && view.range && "reading the range at full resolution",
    note,
  ].filter(Boolean);
  return (
    <RunLines
      title={title ?? metricName(metric)}
      lines={lines}
      x={view.x}
      logX={view.logX}
      logY={view.logY}
      range={view.range}
      full={view.full}
      yName={metricName(metric)}
      formatY={metric === "train/lr" ? formatRate : formatValue}
      height={height}
      onZoom={onZoom}
      onSelect={onSelect}
      note={said.join(" · ")}
      message={
        error ? (
          <span role="alert" className="text-failed">
            {error}
          </span>
        ) : loading || !coloured ? (
          `Reading ${runs.length === 1 ? "the curve" : `${runs.length} curves`} …`
        ) : drawn === 0 && withoutX > 0 ? (
          <>
            {view.x === "tokens" ? "No token counts were sent" : "No times were sent"} with these points.{" "}
            <button type="button" className="link" onClick={() => change({ x: "step" })}>
              Show against the step
            </button>
          </>
        ) : drawn === 0 && runs.length > 0 ? (
          view.range ? (
            "No points in this range."
          ) : (
            "No points yet."
          )
        ) : null
      }
    />
  );
}

/** Lengths of smoothing beyond which nothing weighs. */
const SMOOTHING_REACH = 3;

/** Points in view, and how many of them are not finite. */
function counted(series: SeriesAnswer["series"], range: CurveView["range"]): { points: number; nonFinite: number } {
  let [points, nonFinite] = [0, 0];
  for (const { buckets } of series) {
    for (let i = 0; i < buckets.x.length; i++) {
      if (range && !(buckets.x[i]! >= range.from && buckets.x[i]! <= range.to)) continue;
      points += buckets.count[i]!;
      nonFinite += buckets.nonFinite[i]!;
    }
  }
  return { points, nonFinite };
}

const formatRate = (v: number, digits?: number) => format.learningRate(v, digits);
const formatValue = (v: number, digits = 5) => format.significant(v, digits);

/** One array, so that a chart without lines is not drawn anew. */
const NO_LINES: RunLine[] = [];

function linesOf(
  series: SeriesAnswer["series"],
  runs: readonly CurveRun[],
  { colouring, hidden }: Coloured,
  smoothing: Smoothing,
  logX: boolean,
): RunLine[] {
  const names = new Map(runs.map((r) => [r.id, r.name]));
  return series.flatMap(({ runId, buckets }) => {
    const name = names.get(runId);
    if (name === undefined || hidden(runId)) return [];
    return [{ runId, name, colour: colouring.of(runId), buckets, smoothed: smoothedOf(buckets, smoothing, logX) }];
  });
}

function smoothedOf(buckets: Buckets, smoothing: Smoothing, logX: boolean): Float64Array | null {
  if (smoothing.kind === "none") return null;
  const x = logX ? buckets.x.map((v) => Math.log10(v)) : buckets.x;
  const weights = buckets.count.map((n, i) => n - buckets.nonFinite[i]!);
  return smooth(x, buckets.mean, smoothing, weights);
}

/** The length is a share of the whole range of x, so that zooming does not change how much is smoothed. */
function smoothingOf(view: CurveView, whole: SeriesAnswer["series"]): Smoothing {
  if (view.smoothing === "none") return { kind: "none" };
  const all = extent(whole, view.logX);
  const length = all ? (view.amount / 100) * (all.high - all.low) : 0;
  if (view.smoothing === "ema") return { kind: "ema", halfLife: length };
  return view.smoothing === "window" ? { kind: "window", width: length } : { kind: "gaussian", sigma: length };
}
