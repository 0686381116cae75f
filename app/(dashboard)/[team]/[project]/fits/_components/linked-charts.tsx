"use client";

import { useCallback, useMemo, useState } from "react";
import { batchLrMapOption, batchLrMapTable } from "@/app/_charts/batch-lr-map";
import { Chart } from "@/app/_charts/chart";
import { lrLossOption, lrLossTable } from "@/app/_charts/lr-loss";
import { residualsOption, residualsTable } from "@/app/_charts/residuals";
import type { ChartTheme } from "@/app/_charts/theme";
import { CheckField } from "@/app/_components/fields";
import { LawChart, lawOf } from "@/app/_lab/law-chart";
import { LossCharts } from "@/app/_lab/loss-law";
import { TimescalePanel } from "@/app/_lab/timescale-panel";
import type { FitSketch } from "@/lib/fit";
import * as format from "@/lib/format";
import type { PublishedLaw } from "@/lib/published-laws";
import { sizeNames } from "@/lib/run";

interface Props {
  result: FitSketch;
  band: ({ low: number; high: number } | null)[] | null;
  beyond: number;
  onBeyond: (factor: number) => void;
  selected: string | null;
  onSelect: (id: string | null) => void;
  /** Laws of others that are drawn beside the fit's. */
  published: readonly PublishedLaw[];
}

/** Law, curves, map and residuals of one fit; what is chosen in one is chosen in all. */
export function LinkedCharts({ result, band, beyond, onBeyond, selected, onSelect, published }: Props) {
  const excluded = useMemo(() => new Set(result.settings.excludedCurves), [result.settings]);
  const fit = lawOf(result);
  const loss = result.fit?.kind === "loss" ? result.fit : null;
  return (
    <>
      {loss ? (
        <LossCharts fit={loss} beyond={beyond} />
      ) : (
        <LawChart
          title={
            fit ? `Best learning rate against tokens: ${fit.regression.equation}` : "Best learning rate against tokens"
          }
          {...{ result, excluded, band, beyond, onBeyond, selected, onSelect, published }}
        />
      )}
      <div className="grid gap-4 2xl:grid-cols-2">
        <Curves {...{ result, selected, onSelect }} />
        <BatchLrMap {...{ result, selected, onSelect }} />
      </div>
      <Residuals {...{ result, selected, onSelect }} />
      {!loss && <TimescalePanel result={result} />}
    </>
  );
}

type Linked = Pick<Props, "result" | "selected" | "onSelect">;

/** Size and tokens of the chosen curve, or what was chosen here. */
function useCell(result: FitSketch, selected: string | null) {
  const cells = useMemo(() => {
    const sizes = [...new Set(result.optima.map((o) => o.sizeKey))];
    return sizes.map((size) => ({
      size,
      tokens: [...new Set(result.optima.filter((o) => o.sizeKey === size).map((o) => o.dims.tokens))].sort(
        (p, q) => p - q,
      ),
    }));
  }, [result.optima]);
  const [choice, setChoice] = useState<{ size?: string; tokens?: number }>({});
  const chosen = result.optima.find((o) => o.key === selected);
  const at = cells.find((c) => c.size === (chosen?.sizeKey ?? choice.size)) ?? cells[0];
  const wanted = chosen?.dims.tokens ?? choice.tokens;
  const tokens = at?.tokens.find((t) => t === wanted) ?? at?.tokens[Math.floor((at.tokens.length - 1) / 2)];
  return { cells, size: at?.size ?? "", tokens: tokens ?? 0, tokenChoices: at?.tokens ?? [], setChoice };
}

function CellChoice({
  cell,
  optima,
  onSelect,
}: {
  cell: ReturnType<typeof useCell>;
  optima: FitSketch["optima"];
  onSelect: Props["onSelect"];
}) {
  const set = (part: { size?: string; tokens?: number }) => {
    onSelect(null);
    cell.setChoice({ size: cell.size, tokens: cell.tokens, ...part });
  };
  const sizeOf = sizeNames(optima);
  const tokensOf = format.apart(cell.tokenChoices, format.tokenCount);
  return (
    <>
      <select
        className="field h-6! py-0! text-xs"
        aria-label="Size"
        value={cell.size}
        onChange={(e) => set({ size: e.target.value })}
      >
        {cell.cells.map(({ size }) => (
          <option key={size} value={size}>
            {sizeOf(size)}
          </option>
        ))}
      </select>
      <select
        className="field h-6! py-0! text-xs"
        aria-label="Tokens"
        value={cell.tokens}
        onChange={(e) => set({ tokens: Number(e.target.value) })}
      >
        {cell.tokenChoices.map((t) => (
          <option key={t} value={t}>
            {tokensOf(t)} tok
          </option>
        ))}
      </select>
    </>
  );
}

function Curves({ result, selected, onSelect }: Linked) {
  const cell = useCell(result, selected);
  const optima = useMemo(
    () => result.optima.filter((o) => o.sizeKey === cell.size && o.dims.tokens === cell.tokens),
    [result.optima, cell.size, cell.tokens],
  );
  const option = useCallback(
    (theme: ChartTheme) => lrLossOption(optima, theme, { selected, parabolas: true }),
    [optima, selected],
  );
  const table = useCallback(() => lrLossTable(optima), [optima]);
  return (
    <Chart
      afterWords
      title="Loss against peak LR"
      option={option}
      table={table}
      height={310}
      onSelect={onSelect}
      controls={<CellChoice cell={cell} optima={result.optima} onSelect={onSelect} />}
      note="A line a batch. Dotted: fitted parabola; large dot: optimum with its standard error; soft band: within 0.25%; arrow: the best rate is at the edge of the grid; ✕: diverged."
    />
  );
}

function BatchLrMap({ result, selected, onSelect }: Linked) {
  const cell = useCell(result, selected);
  const optima = useMemo(
    () => result.optima.filter((o) => o.sizeKey === cell.size && o.dims.tokens === cell.tokens),
    [result.optima, cell.size, cell.tokens],
  );
  const option = useCallback((theme: ChartTheme) => batchLrMapOption(optima, theme), [optima]);
  const table = useCallback(() => batchLrMapTable(optima), [optima]);
  return (
    <Chart
      afterWords
      title="Loss over batch and LR"
      option={option}
      table={table}
      height={310}
      onSelect={onSelect}
      controls={<CellChoice cell={cell} optima={result.optima} onSelect={onSelect} />}
      note="Percent above the best. Thick line: path of the optima; thin lines: +0.25%, 1%, 3% and 10%."
    />
  );
}

function Residuals({ result, selected, onSelect }: Linked) {
  const [leaveOneOut, setLeaveOneOut] = useState(false);
  const rows = useMemo(() => lawOf(result)?.regression.rows ?? [], [result]);
  const option = useCallback(
    (theme: ChartTheme) => residualsOption({ rows, optima: result.optima }, theme, { leaveOneOut, selected }),
    [rows, result.optima, leaveOneOut, selected],
  );
  const table = useCallback(() => residualsTable(rows), [rows]);
  if (rows.length === 0) return null;
  return (
    <Chart
      afterWords
      title={leaveOneOut ? "Each optimum against the law without it" : "Residuals: measured against fitted"}
      option={option}
      table={table}
      height={250}
      onSelect={onSelect}
      controls={<CheckField name="leave one out" value={leaveOneOut} onChange={setLeaveOneOut} />}
      note="Octaves of learning rate (+1: the measured optimum is twice the fitted one), against tokens."
    />
  );
}
