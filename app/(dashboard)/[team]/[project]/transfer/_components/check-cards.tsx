"use client";

import { useCallback, useMemo, useState } from "react";
import { Chart } from "@/app/_charts/chart";
import { lrLossTable } from "@/app/_charts/lr-loss";
import type { ChartTheme } from "@/app/_charts/theme";
import { cellsTable, predictionOption, regretOption } from "@/app/_charts/transfer";
import {
  lawsOption,
  shiftOption,
  shiftTable,
  targetCurveOption,
  widthOption,
  widthTable,
} from "@/app/_charts/transfer-evidence";
import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import type { TransferCheck, TransferReport } from "@/lib/transfer";

export const VERDICTS = {
  pass: { icon: "●", className: "text-finished", word: "pass" },
  warn: { icon: "▲", className: "text-diverged", word: "warning" },
  fail: { icon: "✕", className: "text-failed", word: "fail" },
  inconclusive: { icon: "○", className: "text-muted", word: "inconclusive" },
} as const;

/** A card per check: verdict, sentence, picture, numbers. */
export function CheckCards({ report }: { report: TransferReport }) {
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      {report.checks.map((c) => (
        <CheckCard key={c.name} check={c} report={report} />
      ))}
    </div>
  );
}

/** The word of the glossary that a check is about. */
const TERMS: Partial<Record<TransferCheck["name"], string>> = {
  "lr-error": "octave",
  regret: "regret",
  shift: "TOST",
  "same-law": "same law",
  "width-slope": "muP",
};

function CheckCard({ check, report }: { check: TransferCheck; report: TransferReport }) {
  const v = VERDICTS[check.verdict];
  const evidence = Object.entries(check.evidence ?? {}).filter(([, value]) => typeof value !== "object");
  return (
    <section className="min-w-0 space-y-3" aria-label={check.title}>
      <div className="panel p-4">
        <div className="flex items-baseline justify-between gap-3">
          <h2>{TERMS[check.name] ? <Term name={TERMS[check.name]!}>{check.title}</Term> : check.title}</h2>
          <span className={`whitespace-nowrap text-xs ${v.className}`}>
            <span aria-hidden>{v.icon}</span> {v.word}
          </span>
        </div>
        <p className="mt-2 text-[13px]">{check.sentence}</p>
        {evidence.length > 0 && (
          <details className="mt-2 text-xs text-muted">
            <summary className="cursor-pointer">Evidence</summary>
            <dl className="num mt-1 grid grid-cols-2 gap-x-3">
              {evidence.map(([k, value]) => (
                <div key={k} className="contents">
                  <dt>{k}</dt>
                  <dd className="text-right">
                    {typeof value === "number" ? format.significant(value) : String(value)}
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
      {check.evidence !== null && <Picture name={check.name} report={report} />}
    </section>
  );
}

function Picture({ name, report }: { name: TransferCheck["name"]; report: TransferReport }) {
  switch (name) {
    case "lr-error":
      return <Prediction report={report} />;
    case "regret":
      return <TargetCurve report={report} />;
    case "shift":
      return <Shift report={report} />;
    case "same-law":
      return <Laws report={report} />;
    case "width-slope":
      return <Widths report={report} />;
    default:
      return null;
  }
}

function Prediction({ report }: { report: TransferReport }) {
  const option = useCallback((theme: ChartTheme) => predictionOption(report.cells, theme), [report]);
  const table = useMemo(() => cellsTable(report.cells), [report]);
  return (
    <Chart
      title="Predicted against measured"
      option={option}
      table={table}
      height={320}
      note={`${format.counted(report.cells.length, "cell")} of the target. Dashed lines: off by a factor 2. Marker shape: batch.`}
    />
  );
}

function TargetCurve({ report }: { report: TransferReport }) {
  const { cells } = report;
  const [key, setKey] = useState<string | null>(null);
  const cell = cells.find((c) => c.key === key) ?? cells[0];
  const [all, setAll] = useState(false);
  const tokensName = format.apart(
    cells.map((c) => c.tokens),
    format.tokenCount,
  );
  const option = useCallback(
    (theme: ChartTheme) => (all || !cell ? regretOption(cells, theme) : targetCurveOption(report, cell.key, theme)),
    [report, cells, cell, all],
  );
  const table = useMemo(
    () => (all || !cell ? cellsTable(cells) : lrLossTable(report.target.optima.filter((o) => o.key === cell.key))),
    [report, cells, cell, all],
  );
  const regret = cell && regretWords(cell.regret);
  return (
    <Chart
      title={all ? "Regret of every cell" : "The target’s own curve"}
      option={option}
      table={table}
      height={320}
      controls={
        <select
          className="field h-6! py-0! text-xs"
          aria-label="Curve"
          value={all ? "" : (cell?.key ?? "")}
          onChange={(e) => {
            setAll(e.target.value === "");
            if (e.target.value) setKey(e.target.value);
          }}
        >
          {cells.map((c) => (
            <option key={c.key} value={c.key}>
              {tokensName(c.tokens)} tok, batch {c.batchSeqs}
            </option>
          ))}
          <option value="">all cells</option>
        </select>
      }
      note={
        all || !cell
          ? "Loss above the best of each curve, interpolated in ln LR. Hollow: what its own optimum is charged by the same reading."
          : `The law says ${format.learningRate(cell.predictedLr)}, the curve ${format.learningRate(cell.targetLr)}: ${regret} against a floor of ${format.percent(cell.floor)}. Band: within 0.25%.`
      }
    />
  );
}

function regretWords(regret: TransferReport["cells"][number]["regret"]): string {
  if (regret.kind === "measured") return `regret ${format.percent(regret.value)}`;
  return regret.kind === "diverged"
    ? "it lies among diverged rates"
    : `it lies outside the grid, regret at least ${format.percent(regret.atLeast)}`;
}

function Shift({ report }: { report: TransferReport }) {
  const option = useCallback((theme: ChartTheme) => shiftOption(report, theme), [report]);
  const table = useMemo(() => shiftTable(report), [report]);
  return (
    <Chart
      title="Shift at equal tokens and batch"
      option={option}
      table={table}
      height={280}
      note="Band: 95% interval of the mean. Dashed: the factor 1.5 within which two optima count as equal."
    />
  );
}

function Laws({ report }: { report: TransferReport }) {
  const option = useCallback((theme: ChartTheme) => lawsOption(report, theme), [report]);
  const table = useMemo(() => cellsTable(report.cells), [report]);
  return (
    <Chart
      title="The law of each group"
      option={option}
      table={table}
      height={280}
      note="Each group’s own law at the middle batch through its optima. Marker shape: batch."
    />
  );
}

function Widths({ report }: { report: TransferReport }) {
  const optima = useMemo(() => [...report.source.optima, ...report.target.optima], [report]);
  const option = useCallback((theme: ChartTheme) => widthOption(optima, theme), [optima]);
  const table = useMemo(() => widthTable(optima), [optima]);
  return (
    <Chart
      title="Best LR against width"
      option={option}
      table={table}
      height={280}
      note="Under muP the base rate should stand still, and the rate of hidden matrices fall as one over the width."
    />
  );
}
