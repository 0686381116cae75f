"use client";

import { useCallback, useMemo } from "react";
import { Chart } from "@/app/_charts/chart";
import type { ChartTheme } from "@/app/_charts/theme";
import { trainingCurvesOption, trainingCurvesTable } from "@/app/_charts/training-curves";
import type { RunRow } from "@/app/_components/use-runs";
import { curvesFrom, useSeries } from "@/app/_components/use-series";
import * as format from "@/lib/format";

const SHOWN = 12;

/** Training loss of what runs now (the longest run of each trunk), or of the last that ended. */
export function LiveCurves({ team, runs }: { team: string; project: string; runs: RunRow[] }) {
  const shown = useMemo(() => {
    const running = runs.filter((r) => r.state === "running");
    const pool =
      running.length > 0
        ? running
        : runs
            .filter((r) => r.finishedAt)
            .sort((p, q) => +q.finishedAt! - +p.finishedAt!)
            .slice(0, 24);
    const longest = new Map<string, RunRow>();
    for (const r of pool) {
      const key = r.jobId ?? r.id;
      if ((longest.get(key)?.tokens ?? -1) < (r.tokens ?? 0)) longest.set(key, r);
    }
    return { live: running.length > 0, runs: [...longest.values()].slice(0, SHOWN) };
  }, [runs]);
  const ids = useMemo(() => shown.runs.map((r) => r.id), [shown]);
  const { series } = useSeries(team, ids, "train/loss");
  const curves = useMemo(() => curvesFrom(series, shown.runs), [series, shown]);
  const option = useCallback(
    (theme: ChartTheme) =>
      trainingCurvesOption(
        curves,
        { x: "tokens", logX: false, yName: "training loss (nats per token)", formatY: (v) => format.loss(v) },
        theme,
      ),
    [curves],
  );
  const table = useMemo(() => trainingCurvesTable(curves, "training loss"), [curves]);
  if (shown.runs.length === 0) return null;
  return (
    <Chart
      title={shown.live ? "Training now" : "Trained last"}
      option={option}
      table={table}
      height={300}
      note={`${curves.length} trunks, one line each, coloured by peak learning rate; loss is the mean since the point before.`}
    />
  );
}
