"use client";

import { useCallback, useMemo } from "react";
import { Chart } from "@/app/_charts/chart";
import type { ChartTheme } from "@/app/_charts/theme";
import { timescaleOption, timescaleTable } from "@/app/_charts/timescale";
import type { FitSketch } from "@/lib/fit";
import * as format from "@/lib/format";
import { fitTimescale, type TimescaleLaw, timescalePoints } from "@/lib/weight-decay";

/** The weights' timescale as an axis: that of every curve, and with several weight decays the law of the best one. */
export function TimescalePanel({ result }: { result: Pick<FitSketch, "optima" | "settings"> }) {
  const { optima, settings } = result;
  const points = useMemo(() => timescalePoints(optima, settings.paramDefinition), [optima, settings.paramDefinition]);
  const law = useMemo(() => fitTimescale(optima, settings.paramDefinition), [optima, settings.paramDefinition]);
  const option = useCallback((theme: ChartTheme) => timescaleOption(points, law, theme), [points, law]);
  const table = useCallback(() => timescaleTable(points), [points]);
  if (points.length === 0) return null;
  const decays = new Set(points.map((p) => p.of.dims.weightDecay)).size;
  return (
    <Chart
      afterWords
      title="Timescale of the weights at the best rates"
      option={option}
      table={table}
      height={280}
      note={noteOf(law, decays)}
    />
  );
}

function noteOf(law: TimescaleLaw | null, decays: number): string {
  const what = "Batch / (LR × weight decay × tokens), as a part of the run.";
  if (law) {
    const power = law.m === null ? "one for all" : `(T / N)^${format.significant(law.m, 2)}`;
    return `${what} Line: where the loss is least over ${format.counted(decays, "weight decay")}, ${power}.`;
  }
  return decays > 1
    ? `${what} The losses do not bend along the weight decays tried, so that no best one is seen.`
    : `${what} All curves have one weight decay: others at the same batches and lengths would show the best one.`;
}
