"use client";

import { useCallback } from "react";
import { Chart } from "@/app/_charts/chart";
import { DRAWN_BEYOND, lawPoints, optimaTable, powerLawOption, reducedName } from "@/app/_charts/power-law";
import { type ChartTheme, SHAPE_SIGNS } from "@/app/_charts/theme";
import { curvesBehind, type FitSketch, knowsSize, type LrFit, takesBestBatch } from "@/lib/fit";
import * as format from "@/lib/format";
import type { PublishedLaw } from "@/lib/published-laws";

export function lawOf(result: FitSketch): LrFit | null {
  return result.fit?.kind === "lr" ? result.fit : null;
}

interface Props {
  title: string;
  result: FitSketch;
  excluded: ReadonlySet<string>;
  band?: ({ low: number; high: number } | null)[] | null;
  selected?: string | null;
  onSelect?: (key: string) => void;
  /** How far beyond the data the law is drawn, as a factor in tokens; a choice where it can be changed. */
  beyond?: number;
  onBeyond?: (factor: number) => void;
  /** Laws of others that are drawn too. */
  published?: readonly PublishedLaw[];
}

const NONE: readonly PublishedLaw[] = [];
const BEYOND = [DRAWN_BEYOND, 12, 100, 1_000];

/** Optima and law against tokens, with confidence, prediction and bootstrap bands. */
export function LawChart(props: Props) {
  const { title, result, excluded, band = null, selected = null, onSelect, beyond = DRAWN_BEYOND, onBeyond } = props;
  const { published = NONE } = props;
  const fit = lawOf(result);
  const option = useCallback(
    (theme: ChartTheme) =>
      powerLawOption({ fit, optima: result.optima, excluded, selected, band, beyond, published }, theme),
    [fit, result, excluded, selected, band, beyond, published],
  );
  const table = useCallback(() => optimaTable(result), [result]);
  return (
    <Chart
      afterWords
      title={title}
      option={option}
      table={table}
      height={360}
      onSelect={onSelect}
      controls={fit && onBeyond && <Beyond value={beyond} onChange={onBeyond} />}
      note={
        fit ? (
          <>
            <strong className="num" data-law>
              {coefficientLine(fit)}
            </strong>
            <br />
            {observationsOf(fit, result)}, R² {format.significant(fit.regression.r2)}, scatter{" "}
            {format.significant(fit.regression.residualSdLog2, 2)} octaves; vertical axis: {reducedName(fit)}.{" "}
            {drawnAt(fit, result)} Hatched: beyond the data of the fit. Marker: batch {shapesOf(result)}.
            {published.length > 0 && ` ${publishedNote(fit)}`}
          </>
        ) : (
          <span className={result.notIdentifiable ? "text-diverged" : ""} data-law>
            {result.notIdentifiable?.message ?? "The law is on its way."}
          </span>
        )
      }
    />
  );
}

function Beyond({ value, onChange }: { value: number; onChange: (factor: number) => void }) {
  return (
    <select
      className="field h-6! py-0! text-xs"
      aria-label="How far beyond the data the law is drawn"
      value={value}
      onChange={(e) => onChange(Number(e.target.value))}
    >
      {BEYOND.map((factor) => (
        <option key={factor} value={factor}>
          to {factor}× the data
        </option>
      ))}
    </select>
  );
}

/** Which marker stands for which batch. */
function shapesOf(result: FitSketch): string {
  const batches = [...new Set(result.optima.filter((o) => o.estimate).map((o) => o.dims.batchSeqs))].sort(
    (p, q) => p - q,
  );
  return batches.map((b, i) => `${SHAPE_SIGNS[i % SHAPE_SIGNS.length]} ${b}`).join("  ");
}

/** "n = 17 optima of 170 curves (the best batch of each size and tokens)". */
function observationsOf(fit: LrFit, result: FitSketch): string {
  const { n } = fit.regression;
  const all = format.counted(result.optima.length, "curve");
  if (result.settings.estimator === "near-optimal")
    return `n = ${format.counted(n, "run")} near the best of ${format.counted(curvesBehind(fit).size, "curve")}, of ${all}`;
  if (fit.form === "power-averaged")
    return `n = ${format.counted(n, "mean")} over the batches of ${format.counted(curvesBehind(fit).size, "curve")}, of ${all}`;
  const which = takesBestBatch(fit) ? " (the best batch of each size and tokens)" : "";
  return `n = ${format.counted(n, "optimum", "optima")} of ${all}${which}`;
}

/** Where a law that depends on more than tokens is drawn. */
function drawnAt(fit: LrFit, result: FitSketch): string {
  const [point] = lawPoints(fit, result.optima);
  return knowsSize(fit) && point?.params
    ? `The line is drawn for N = ${format.paramCount(point.params)}, the middle of the sizes.`
    : "";
}

function publishedNote(fit: LrFit): string {
  const { low, high } = fit.ranges.batchSeqs;
  return `Published laws are drawn at ${format.significant(Math.sqrt(low * high))} sequences and the middle of the sizes, with their own constants.`;
}

/** "a = 0.055, b = -0.31 ± 0.02". */
function coefficientLine(fit: LrFit): string {
  return fit.regression.coefficients
    .map(({ name, value, se }) =>
      name.startsWith("ln ")
        ? `${name.slice(3)} = ${format.learningRate(Math.exp(value))} (×/÷ ${format.significant(Math.exp(se), 2)})`
        : `${name} = ${format.plusMinus(value, se)}`,
    )
    .join(", ");
}
