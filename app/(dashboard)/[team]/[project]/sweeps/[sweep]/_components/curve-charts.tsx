"use client";

import { useCallback, useMemo, useState } from "react";
import { batchLrMapOption, batchLrMapTable } from "@/app/_charts/batch-lr-map";
import { Chart } from "@/app/_charts/chart";
import { lrLossOption, lrLossTable } from "@/app/_charts/lr-loss";
import type { ChartTheme } from "@/app/_charts/theme";
import { Empty } from "@/app/_components/page";
import type { Optimum } from "@/lib/estimate";
import * as format from "@/lib/format";
import { sizeNames } from "@/lib/run";

/** Loss against LR, one chart a size, and the batch x LR map of a size and token count. */
export function CurveCharts({ optima, onSelect }: { optima: Optimum[]; onSelect: (runId: string) => void }) {
  const batches = useMemo(() => unique(optima.map((o) => o.dims.batchSeqs)), [optima]);
  const sizes = useMemo(() => [...new Set(optima.map((o) => o.sizeKey))], [optima]);
  const nameOf = useMemo(() => sizeNames(optima), [optima]);
  const [chosen, setBatch] = useState<number | "all" | null>(null);
  const batch = chosen ?? mostComplete(optima);
  if (optima.length === 0) {
    return (
      <Empty title="No finished run yet">Curves of final loss against learning rate appear here as runs finish.</Empty>
    );
  }
  const control = (
    <label className="flex items-center gap-1.5">
      Batch
      <select
        className="field h-7! text-xs"
        value={String(batch)}
        onChange={(e) => setBatch(e.target.value === "all" ? "all" : Number(e.target.value))}
      >
        {batches.map((b) => (
          <option key={b} value={b}>
            {b} seq
          </option>
        ))}
        <option value="all">all</option>
      </select>
    </label>
  );
  return (
    <>
      <div className="grid gap-4 xl:grid-cols-2">
        {sizes.map((s) => (
          <SizeCurves
            key={s}
            name={nameOf(s)}
            optima={optima.filter((o) => o.sizeKey === s && (batch === "all" || o.dims.batchSeqs === batch))}
            control={control}
            onSelect={onSelect}
          />
        ))}
      </div>
      <div className="grid gap-4 xl:grid-cols-2">
        {sizes.map((s) => (
          <SizeMap key={s} name={nameOf(s)} optima={optima.filter((o) => o.sizeKey === s)} onSelect={onSelect} />
        ))}
      </div>
    </>
  );
}

function SizeCurves({
  name,
  optima,
  control,
  onSelect,
}: {
  name: string;
  optima: Optimum[];
  control: React.ReactNode;
  onSelect: (id: string) => void;
}) {
  const option = useCallback((theme: ChartTheme) => lrLossOption(optima, theme), [optima]);
  const table = useMemo(() => lrLossTable(optima), [optima]);
  const runs = optima.reduce((n, o) => n + o.points.reduce((k, p) => k + p.n, 0), 0);
  return (
    <Chart
      title={`Final loss against learning rate: ${name}`}
      option={option}
      table={table}
      height={380}
      onSelect={onSelect}
      controls={control}
      note={`n = ${format.counted(runs, "run")} on ${format.counted(optima.length, "curve")}. Large dot: estimated optimum with its standard error. Arrow: best at the edge of the grid. Click a point to open its run.`}
    />
  );
}

function SizeMap({ name, optima, onSelect }: { name: string; optima: Optimum[]; onSelect: (id: string) => void }) {
  const tokens = useMemo(() => unique(optima.map((o) => o.dims.tokens)), [optima]);
  const [chosen, setTokens] = useState<number | null>(null);
  const tokensName = format.apart(tokens, format.tokenCount);
  const t = chosen !== null && tokens.includes(chosen) ? chosen : tokens.at(-1)!;
  const cells = useMemo(() => optima.filter((o) => o.dims.tokens === t), [optima, t]);
  const option = useCallback((theme: ChartTheme) => batchLrMapOption(cells, theme), [cells]);
  const table = useMemo(() => batchLrMapTable(cells), [cells]);
  return (
    <Chart
      title={`Batch × learning rate: ${name}, ${tokensName(t)} tokens`}
      option={option}
      table={table}
      height={300}
      onSelect={onSelect}
      controls={
        <label className="flex items-center gap-1.5">
          Tokens
          <select className="field h-7! text-xs" value={t} onChange={(e) => setTokens(Number(e.target.value))}>
            {tokens.map((v) => (
              <option key={v} value={v}>
                {tokensName(v)}
              </option>
            ))}
          </select>
        </label>
      }
      note="Numbers: final loss above the best of the map, in percent. White line: the optimum of each batch."
    />
  );
}

const unique = (values: number[]) => [...new Set(values)].sort((p, q) => p - q);

/** The batch whose curves have the most points: the first to close in a running sweep. */
function mostComplete(optima: Optimum[]): number | "all" {
  const counts = new Map<number, number>();
  for (const o of optima) counts.set(o.dims.batchSeqs, (counts.get(o.dims.batchSeqs) ?? 0) + o.points.length);
  return [...counts].sort((p, q) => q[1] - p[1] || Math.abs(p[0] - 8) - Math.abs(q[0] - 8))[0]?.[0] ?? "all";
}
