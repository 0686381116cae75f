"use client";

import { useCallback, useMemo } from "react";
import { Chart } from "@/app/_charts/chart";
import { lossLawOption, lossResidualsOption, lossTable } from "@/app/_charts/loss-law";
import type { ChartTheme } from "@/app/_charts/theme";
import { Panel } from "@/app/_components/page";
import type { LossFit } from "@/lib/fit";
import * as format from "@/lib/format";
import { CoefficientTable, FitFacts } from "./coefficient-table";

/** The loss law in words: it says nothing of the learning rate. */
export function lossLine(fit: LossFit): string {
  const { E, A, B, alpha, beta } = fit.law;
  const [e, a, b] = [E, A, B].map((v) => format.significant(v));
  return `L = ${e} + ${a}·N^-${format.significant(alpha)} + ${b}·T^-${format.significant(beta)} through ${format.counted(fit.n, "best loss", "best losses")}`;
}

/** Loss against tokens with the fitted surface per size, and what the surface misses. */
export function LossCharts({ fit, beyond }: { fit: LossFit; beyond?: number }) {
  const surface = useCallback((theme: ChartTheme) => lossLawOption(fit, theme, beyond), [fit, beyond]);
  const residuals = useCallback((theme: ChartTheme) => lossResidualsOption(fit, theme), [fit]);
  const table = useMemo(() => lossTable(fit), [fit]);
  return (
    <>
      <Chart
        afterWords
        title="Best loss against tokens: L = E + A·N^-α + B·T^-β"
        option={surface}
        table={table}
        height={360}
        note={
          <>
            <strong className="num" data-law>
              {lossLine(fit)}
            </strong>
            <br />n = {fit.n}, residuals {format.percent(fit.rmsResidual)} rms. A line a size: the fitted surface;
            hatched: beyond the data. This law tells the loss, not the learning rate.
          </>
        }
      />
      <Chart
        afterWords
        title="Residuals: loss against the surface"
        option={residuals}
        table={table}
        height={250}
        note="Percent of the loss (above 0: worse than the law), against tokens."
      />
    </>
  );
}

const NAMES = { E: "E", A: "A", B: "B", alpha: "α", beta: "β" } as const;

/** Five coefficients with their intervals, and how the search went. */
export function LossCoefficients({ fit }: { fit: LossFit }) {
  const { law, bootstrap, starts, objective } = fit;
  const agreeing = starts.filter((s) => s.objective <= 1.01 * objective).length;
  const share = law.beta / (law.alpha + law.beta);
  const facts: [string, string][] = [
    ["Losses", String(fit.n)],
    ["Residuals", `${format.percent(fit.rmsResidual)} rms`],
    ["Objective", format.significant(objective, 6)],
    ["Starts", `${agreeing} of ${starts.length} end within 1% of the best`],
    ["Best for compute C", `N as C^${format.significant(share, 2)}, T as C^${format.significant(1 - share, 2)}`],
  ];
  return (
    <Panel title="Coefficients" note="L = E + A·N^-α + B·T^-β">
      <CoefficientTable
        rows={(Object.keys(NAMES) as (keyof typeof NAMES)[]).map((name) => {
          const range = bootstrap?.[name];
          return {
            name: NAMES[name],
            value: format.significant(law[name], 4),
            exact: law[name],
            interval: range ? `${format.significant(range.low)} to ${format.significant(range.high)}` : "…",
          };
        })}
        caption={`By bootstrap over (size, tokens) cells${bootstrap ? "" : ", on its way"}.`}
      />
      <FitFacts facts={facts} />
    </Panel>
  );
}
