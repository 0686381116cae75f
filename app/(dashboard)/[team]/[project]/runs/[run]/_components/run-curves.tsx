"use client";

import { useCallback, useMemo, useState } from "react";
import { Chart } from "@/app/_charts/chart";
import type { ChartTheme } from "@/app/_charts/theme";
import { trainingCurvesOption, trainingCurvesTable, type XAxis } from "@/app/_charts/training-curves";
import { Empty } from "@/app/_components/page";
import type { Outputs } from "@/app/_components/use-runs";
import { curvesFrom, useSeries } from "@/app/_components/use-series";
import * as format from "@/lib/format";

type Run = Pick<Outputs["run"]["get"], "id" | "name" | "peakLr" | "metrics" | "state">;

const FIRST = ["train/loss", "train/lr", "train/grad_norm", "val/loss", "perf/tokens_per_s"];
const NAMES: Record<string, string> = {
  "train/loss": "Training loss (nats per token)",
  "train/lr": "Learning rate (muP base)",
  "train/grad_norm": "Gradient norm before clipping",
  "val/loss": "Held-out loss (nats per token)",
  "perf/tokens_per_s": "Tokens per second",
};

/** One chart a metric, on a common horizontal axis. */
export function RunCurves({ team, run }: { team: string; run: Run }) {
  const [x, setX] = useState<XAxis>("tokens");
  const [logX, setLogX] = useState(false);
  const metrics = useMemo(() => {
    const all = run.metrics.filter((m) => m.points > 1).map((m) => m.name);
    return [...FIRST.filter((m) => all.includes(m)), ...all.filter((m) => !FIRST.includes(m))];
  }, [run.metrics]);
  if (metrics.length === 0) {
    return (
      <Empty title={run.state === "queued" ? "Not started yet" : "No points yet"}>
        Curves appear here while the run trains.
      </Empty>
    );
  }
  return (
    <section aria-label="Curves">
      <div className="mb-2 flex flex-wrap items-center gap-4 text-xs text-muted">
        <label className="flex items-center gap-1.5">
          Against
          <select className="field h-7! text-xs" value={x} onChange={(e) => setX(e.target.value as XAxis)}>
            <option value="tokens">tokens</option>
            <option value="step">step</option>
            <option value="time">time</option>
          </select>
        </label>
        <label className="flex items-center gap-1.5">
          <input type="checkbox" checked={logX} onChange={(e) => setLogX(e.target.checked)} /> logarithmic
        </label>
      </div>
      <div className="grid gap-4 lg:grid-cols-2">
        {metrics.map((m) => (
          <MetricChart key={m} team={team} runs={[run]} metric={m} x={x} logX={logX} />
        ))}
      </div>
    </section>
  );
}

/** One metric of some runs. */
export function MetricChart({
  team,
  runs,
  metric,
  x,
  logX,
}: {
  team: string;
  runs: { id: string; name: string; peakLr: number | null }[];
  metric: string;
  x: XAxis;
  logX: boolean;
}) {
  const ids = useMemo(() => runs.map((r) => r.id), [runs]);
  const { series } = useSeries(team, ids, metric);
  const curves = useMemo(() => curvesFrom(series, runs), [series, runs]);
  const isRate = metric === "train/lr";
  const name = NAMES[metric] ?? metric;
  const option = useCallback(
    (theme: ChartTheme) =>
      trainingCurvesOption(
        curves,
        { x, logX, yName: name, formatY: isRate ? (v) => format.learningRate(v) : (v) => format.significant(v, 5) },
        theme,
      ),
    [curves, x, logX, name, isRate],
  );
  const table = useMemo(() => trainingCurvesTable(curves, metric), [curves, metric]);
  const points = curves.reduce((n, c) => n + c.values.length, 0);
  const bad = curves.reduce((n, c) => n + c.values.filter((v) => !Number.isFinite(v)).length, 0);
  return (
    <Chart
      title={name}
      option={option}
      table={table}
      height={260}
      note={`${points} points${bad > 0 ? `, ${bad} of them NaN or infinite` : ""}`}
    />
  );
}
