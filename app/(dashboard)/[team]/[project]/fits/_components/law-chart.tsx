"use client";

import { useCallback, useMemo } from "react";
import { Chart } from "@/app/_charts/chart";
import { optimaTable, powerLawOption, reducedName } from "@/app/_charts/power-law";
import type { ChartTheme } from "@/app/_charts/theme";
import type { FitResult, LossFit, LrFit } from "@/lib/fit";
import * as format from "@/lib/format";

export function lawOf(result: FitResult): LrFit | null {
  return result.fit?.kind === "lr" ? result.fit : null;
}

interface Props {
  title: string;
  result: FitResult;
  excluded: ReadonlySet<string>;
  band?: ({ low: number; high: number } | null)[] | null;
  selected?: string | null;
  onSelect?: (key: string) => void;
}

/** Optima and law against tokens, with confidence, prediction and bootstrap bands. */
export function LawChart({ title, result, excluded, band = null, selected = null, onSelect }: Props) {
  const fit = lawOf(result);
  const option = useCallback(
    (theme: ChartTheme) => powerLawOption({ fit, optima: result.optima, excluded, selected, band }, theme),
    [fit, result, excluded, selected, band],
  );
  const table = useMemo(() => optimaTable(result), [result]);
  const used = result.optima.filter((o) => o.used).length;
  return (
    <Chart
      title={title}
      option={option}
      table={table}
      height={360}
      onSelect={onSelect}
      note={
        fit ? (
          <>
            <strong className="num" data-law>
              {coefficientLine(fit)}
            </strong>
            <br />n = {used} of {result.optima.length} curves, R² {format.significant(fit.regression.r2)}, scatter{" "}
            {format.significant(fit.regression.residualSdLog2, 2)} octaves; vertical axis: {reducedName(fit)}. Dark
            band: 95% of the law; light: of a new optimum; dotted: of the law by bootstrap. Dashed: beyond the data.
            Marker: batch {shapesOf(result)}.
          </>
        ) : (
          <span className={result.fit ? "num" : "text-diverged"} data-law>
            {result.fit?.kind === "loss"
              ? lossLine(result.fit)
              : (result.notIdentifiable?.message ?? "No law yet: finish more curves.")}
          </span>
        )
      }
    />
  );
}

const SYMBOLS = ["●", "■", "▲", "◆", "pin", "round", "arrow"];

/** Which marker stands for which batch. */
function shapesOf(result: FitResult): string {
  const batches = [...new Set(result.optima.filter((o) => o.estimate).map((o) => o.dims.batchSeqs))].sort(
    (p, q) => p - q,
  );
  return batches.map((b, i) => `${SYMBOLS[i % SYMBOLS.length]} ${b}`).join("  ");
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

/** The loss law in words: it says nothing of the learning rate. */
export function lossLine(fit: LossFit): string {
  const { E, A, B, alpha, beta } = fit.law;
  const [e, a, b] = [E, A, B].map((v) => format.significant(v));
  return `L = ${e} + ${a}·N^-${format.significant(alpha)} + ${b}·T^-${format.significant(beta)} through ${fit.n} best losses`;
}
