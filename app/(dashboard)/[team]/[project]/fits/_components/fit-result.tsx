"use client";

import { useCallback, useMemo } from "react";
import { Chart } from "@/app/_charts/chart";
import { optimaTable, powerLawOption, reducedName } from "@/app/_charts/power-law";
import { residualsOption, residualsTable } from "@/app/_charts/residuals";
import type { ChartTheme } from "@/app/_charts/theme";
import { Panel } from "@/app/_components/page";
import type { RunPoint } from "@/lib/estimate";
import { type FitResult, type FitSettings, fitLaw, type LrFit } from "@/lib/fit";
import * as format from "@/lib/format";

const isPaper = (form: FitSettings["form"]) => form === "power" || form === "power-averaged";

/** The chosen form beside its counterpart: the paper's form (batch exponent 1) and the free-batch form. */
export function SideBySide({
  points,
  settings,
  excluded,
  onToggle,
}: {
  points: RunPoint[];
  settings: FitSettings;
  excluded: ReadonlySet<string>;
  onToggle: (key: string) => void;
}) {
  const chosen = useMemo(() => fitLaw(points, settings), [points, settings]);
  const other = useMemo(
    () =>
      fitLaw(points, {
        ...settings,
        form: isPaper(settings.form) ? "power-free" : "power",
        topBatches: isPaper(settings.form) ? "all" : 3,
        bootstrap: 0,
      }),
    [points, settings],
  );
  const [paper, free] = isPaper(settings.form) ? [chosen, other] : [other, chosen];
  return (
    <>
      <Verdict result={free.fit ? free : chosen} />
      <div className="grid gap-4 lg:grid-cols-2">
        <LawChart title="Paper’s form: best LR ∝ batch" result={paper} excluded={excluded} onToggle={onToggle} />
        <LawChart
          title={
            isPaper(settings.form) || settings.form === "power-free"
              ? "Free batch: best LR ∝ batch^c"
              : `Chosen form: ${lawOf(free)?.regression.equation ?? settings.form}`
          }
          result={free}
          excluded={excluded}
          onToggle={onToggle}
        />
      </div>
    </>
  );
}

/** What the data say about the paper's two assumptions, in words. */
function Verdict({ result }: { result: FitResult }) {
  if (result.hypotheses.length === 0) return null;
  return (
    <Panel title="What the data say about the paper’s assumptions">
      <ul className="space-y-2">
        {result.hypotheses.map((h) => (
          <li key={h.name}>
            <span className={h.rejected === null ? "text-muted" : h.rejected ? "text-diverged" : "text-finished"}>
              {h.rejected === null ? "○ not decided" : h.rejected ? "✕ rejected" : "● not rejected"}
            </span>{" "}
            — {h.sentence}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function lawOf(result: FitResult): LrFit | null {
  return result.fit?.kind === "lr" ? result.fit : null;
}

export function LawChart({
  title,
  result,
  excluded,
  onToggle,
}: {
  title: string;
  result: FitResult;
  excluded: ReadonlySet<string>;
  onToggle?: (key: string) => void;
}) {
  const fit = lawOf(result);
  const option = useCallback(
    (theme: ChartTheme) => powerLawOption({ fit, optima: result.optima, excluded }, theme),
    [fit, result, excluded],
  );
  const table = useMemo(() => optimaTable(result), [result]);
  const used = result.optima.filter((o) => o.used).length;
  return (
    <Chart
      title={title}
      option={option}
      table={table}
      height={360}
      onSelect={onToggle}
      note={
        fit ? (
          <>
            <strong className="num">{coefficientLine(fit)}</strong>
            <br />n = {used} of {result.optima.length} curves, R² {format.significant(fit.regression.r2)}, scatter{" "}
            {format.significant(fit.regression.residualSdLog2, 2)} octaves; vertical axis: {reducedName(fit)}. Dashed:
            beyond the data. Marker: batch {shapesOf(result)}.
          </>
        ) : (
          <span className="text-diverged">{result.notIdentifiable?.message ?? "No law yet: finish more curves."}</span>
        )
      }
    />
  );
}

const SYMBOLS = ["●", "■", "▲", "◆", "⬮", "▢", "➤"];

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
        ? `${name.slice(3)} = ${format.significant(Math.exp(value))} (×/÷ ${format.significant(Math.exp(se), 2)})`
        : `${name} = ${format.plusMinus(value, se)}`,
    )
    .join(", ");
}

/** Coefficients, quality, warnings, residuals: everything of a result but its picture. */
export function FitResultPanels({ result }: { result: FitResult }) {
  const fit = lawOf(result);
  const residuals = useCallback((theme: ChartTheme) => residualsOption(fit?.regression.rows ?? [], theme), [fit]);
  const table = useMemo(() => residualsTable(fit?.regression.rows ?? []), [fit]);
  if (!fit) {
    return (
      <Panel title="Result">
        <p className="text-diverged">{result.notIdentifiable?.message ?? "No law yet."}</p>
        <Warnings result={result} />
      </Panel>
    );
  }
  return (
    <div className="grid gap-4 lg:grid-cols-[3fr_2fr]">
      <Panel title="Coefficients" note={fit.regression.equation}>
        <Coefficients fit={fit} />
        <Quality fit={fit} />
      </Panel>
      <Panel title="Warnings" note={`${result.warnings.length}`}>
        <Warnings result={result} />
      </Panel>
      <div className="lg:col-span-2">
        <Chart
          title="Residuals: measured against fitted"
          option={residuals}
          table={table}
          height={240}
          note="In octaves of learning rate (+1: the measured optimum is twice the fitted one), against tokens."
        />
      </div>
    </div>
  );
}

function Coefficients({ fit }: { fit: LrFit }) {
  const { coefficients, bootstrapResamples } = fit.regression;
  const shown = (name: string, v: number) =>
    name.startsWith("ln ") ? format.significant(Math.exp(v)) : format.significant(v);
  return (
    <div className="overflow-x-auto">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Coefficient</th>
            <th scope="col" className="right">
              Value
            </th>
            <th scope="col" className="right">
              95% interval (t)
            </th>
            <th scope="col" className="right">
              {bootstrapResamples > 0 ? `95% (bootstrap, ${bootstrapResamples})` : "95% (bootstrap)"}
            </th>
          </tr>
        </thead>
        <tbody>
          {coefficients.map((c) => (
            <tr key={c.name}>
              <td className="font-mono">{c.name.replace("ln ", "")}</td>
              <td className="right" title={String(c.name.startsWith("ln ") ? Math.exp(c.value) : c.value)}>
                {c.name.startsWith("ln ") ? shown(c.name, c.value) : format.plusMinus(c.value, c.se)}
              </td>
              <td className="right">
                {shown(c.name, c.t.low)} to {shown(c.name, c.t.high)}
              </td>
              <td className="right">
                {c.bootstrap ? `${shown(c.name, c.bootstrap.low)} to ${shown(c.name, c.bootstrap.high)}` : "…"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Quality({ fit }: { fit: LrFit }) {
  const r = fit.regression;
  const facts: [string, string][] = [
    ["Optima", `${r.n} (${r.df} degrees of freedom)`],
    ["R²", format.significant(r.r2)],
    ["Scatter", `${format.significant(r.residualSdLog2, 2)} octaves`],
    ["Leave-one-out error", `${format.significant(r.looRmseLog2, 2)} octaves`],
    ...r.leaveLargestOut.map((l): [string, string] => [
      `Leave out the largest ${l.what}`,
      `${format.significant(l.rmsLog2, 2)} octaves rms, ${format.significant(l.maxLog2, 2)} at most, on ${l.n}`,
    ]),
    ["AICc", format.significant(r.aicc, 4)],
    ["Condition number", format.significant(r.conditionNumber, 2)],
  ];
  return (
    <dl className="num mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-[13px]">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Warnings({ result }: { result: FitResult }) {
  if (result.warnings.length === 0) return <p className="text-muted">None.</p>;
  return (
    <ul className="space-y-2.5 text-[13px]">
      {result.warnings.map((w) => (
        <li key={`${w.code} ${w.message}`}>
          <p>
            <span className={w.severity === "warning" ? "text-diverged" : "text-muted"} aria-hidden>
              {w.severity === "warning" ? "▲ " : "○ "}
            </span>
            {w.message}
          </p>
          <p className="text-muted">{w.action}</p>
        </li>
      ))}
    </ul>
  );
}
