"use client";

import Link from "next/link";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Chart } from "@/app/_charts/chart";
import { lrLossOption, lrLossTable } from "@/app/_charts/lr-loss";
import type { ChartTheme } from "@/app/_charts/theme";
import { curveTitles } from "@/app/_components/curve-titles";
import { TextField } from "@/app/_components/fields";
import { Panel, Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { QueueNext } from "@/app/_lab/queue-next";
import { curvesBehind, type FitSettings, type FitSketch, type FittedOptimum, type UnfinishedCurve } from "@/lib/fit";
import * as format from "@/lib/format";
import type { RunPoint } from "@/lib/run";
import { withExclusion } from "./use-settings";

interface Shared {
  settings: FitSettings;
  change: (part: Partial<FitSettings>) => void;
}

interface ListProps extends Shared {
  result: FitSketch;
  chosen: FittedOptimum | null;
  onSelect: (id: string | null) => void;
  /** Chooses the curve and asks for a reason. */
  onTakeOut: (key: string) => void;
  /** Whether the page's first picture stands. */
  settled: boolean;
  /** Rates without a result, by curve. */
  unfinished: ReadonlyMap<string, UnfinishedCurve>;
}

interface ChosenProps extends Shared {
  team: string;
  base: string;
  points: RunPoint[];
  sweepOf: ReadonlyMap<string, string>;
  chosen: FittedOptimum;
  title: string;
  /** Counts what asks for a reason: the field takes the keyboard then. */
  asked: number;
  onClose: () => void;
}

/** What stands in place of a chosen curve. */
export function NoCurve({ result, onSelect }: { result: FitSketch; onSelect: (id: string | null) => void }) {
  const inTheFit =
    result.fit?.kind === "lr" ? curvesBehind(result.fit).size : result.optima.filter((o) => o.used).length;
  const censored = result.optima.find((o) => o.status.startsWith("censored"));
  return (
    <Panel title="No curve chosen">
      <p className="text-muted">
        Click a point in any chart, or a curve in the list, to see its runs, take them out with a reason, or queue what
        it lacks.
      </p>
      <p className="num mt-2 text-muted">
        {inTheFit} of {format.counted(result.optima.length, "curve")} {inTheFit === 1 ? "is" : "are"} in the{" "}
        <Term name="fit">fit</Term>; the others are <Term name="censored">censored</Term>, too short, or left out by a
        rule.
      </p>
      {censored && (
        <button type="button" className="button mt-3" onClick={() => onSelect(censored.key)}>
          Show the first censored curve
        </button>
      )}
    </Panel>
  );
}

const LISTED = 400;
/** More than fit into the list's window. */
const LISTED_FIRST = 40;

/** All curves as a list for the keyboard. */
export function CurveList({ result, chosen, settings, change, onSelect, onTakeOut, settled, unfinished }: ListProps) {
  const list = useRef<HTMLUListElement>(null);
  const shown = result.optima.slice(0, settled ? LISTED : LISTED_FIRST);
  const titleOf = useMemo(() => curveTitles(result.optima), [result.optima]);
  const isOut = (o: FittedOptimum) => settings.excludedCurves.includes(o.key);
  const walk = (e: KeyboardEvent, o: FittedOptimum, i: number) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      const next = shown[i + (e.key === "ArrowDown" ? 1 : -1)];
      if (!next) return;
      onSelect(next.key);
      list.current?.querySelectorAll("button")[shown.indexOf(next)]?.focus();
    } else if (e.key === "x") {
      e.preventDefault();
      if (isOut(o)) change(withExclusion(settings, { curve: o.key }, null));
      else onTakeOut(o.key);
    }
  };
  return (
    <Scroll label="Curves" className="max-h-72 overflow-auto">
      <ul ref={list} className="text-[13px]">
        {shown.map((o, i) => (
          <li key={o.key}>
            <button
              type="button"
              aria-pressed={o.key === chosen?.key}
              className={`flex w-full flex-wrap justify-between gap-x-3 rounded px-2 py-1 text-left hover:bg-sunken ${o.key === chosen?.key ? "bg-accent-soft text-accent" : ""}`}
              onClick={() => onSelect(o.key)}
              onKeyDown={(e) => walk(e, o, i)}
            >
              <span>
                <span className={isOut(o) ? "line-through" : ""}>{titleOf(o)}</span>
                <Unfinished of={unfinished.get(o.key)} />
              </span>
              <span className={`num ${o.used ? "" : "text-muted"}`}>
                {o.status.startsWith("censored") ? (o.status === "censored-low" ? "← " : "→ ") : ""}
                {o.estimate ? format.learningRate(o.estimate.lr) : o.status}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {settled && result.optima.length > LISTED && (
        <p className="px-2 py-1 text-xs text-muted">
          and {result.optima.length - LISTED} more: choose them in the charts, or narrow the sizes
        </p>
      )}
    </Scroll>
  );
}

/** That a curve is not whole. */
function Unfinished({ of }: { of: UnfinishedCurve | undefined }) {
  if (!of) return null;
  return (
    <span className="text-diverged" title={`LR ${of.missing.map((v) => format.learningRate(v)).join(", ")}`}>
      {" "}
      {of.missing.length} of {format.counted(of.planned, "rate")} without a result
    </span>
  );
}

/** The chosen curve beside the law: its picture, its runs, reasons and what to run next. */
export function ChosenCurve(props: ChosenProps) {
  const { team, base, points, sweepOf, settings, change, chosen, title, asked, onClose } = props;
  const [reason, setReason] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const ids = useMemo(() => new Set(chosen.points.flatMap((p) => p.runIds)), [chosen]);
  const runs = useMemo(() => points.filter((p) => ids.has(p.runId)).sort((p, q) => p.peakLr - q.peakLr), [points, ids]);
  const option = useCallback((theme: ChartTheme) => lrLossOption([chosen], theme, { parabolas: true }), [chosen]);
  const table = useCallback(() => lrLossTable([chosen]), [chosen]);
  const isOut = settings.excludedCurves.includes(chosen.key);
  const { estimate, plateau } = chosen;
  useEffect(() => {
    if (asked > 0) field.current?.focus();
  }, [asked]);
  const take = () => change(withExclusion(settings, { curve: chosen.key }, isOut ? null : reason.trim()));
  return (
    <Panel
      className="max-xl:fixed max-xl:inset-x-0 max-xl:bottom-0 max-xl:z-20 max-xl:max-h-[50vh] max-xl:overflow-auto max-xl:shadow-xl print:static! print:max-h-none!"
      title={title}
      note={chosen.used ? "in the fit" : (chosen.leftOut ?? chosen.status)}
      actions={
        <button type="button" className="link text-xs" onClick={onClose}>
          close
        </button>
      }
    >
      <Chart title="This curve" option={option} table={table} height={190} />
      <p className="num text-[13px]">
        {estimate
          ? `Best LR ${format.learningRate(estimate.lr)}${estimate.se ? ` (×/÷ ${Math.exp(estimate.se).toFixed(2)})` : ""} by ${estimate.method}, loss ${format.loss(estimate.loss)}`
          : `Observed best LR ${format.learningRate(chosen.argmin?.lr)}: ${chosen.leftOut ?? chosen.status}`}
        {plateau?.low && plateau.high
          ? `; within 0.25% from ${format.learningRate(plateau.low)} to ${format.learningRate(plateau.high)}`
          : ""}
      </p>
      <form
        className="mt-3 flex flex-wrap items-end gap-2"
        onSubmit={(e) => {
          e.preventDefault();
          if (isOut || reason.trim() !== "") take();
        }}
      >
        <TextField
          name="Reason"
          ref={field}
          className="min-w-40 flex-1"
          value={isOut ? (settings.exclusionReasons?.[chosen.key] ?? "") : reason}
          disabled={isOut}
          placeholder="why it should not count"
          maxLength={500}
          onChange={setReason}
        />
        <button type="submit" className="button" disabled={!isOut && reason.trim() === ""}>
          {isOut ? "Take the curve in" : "Take the curve out"}
        </button>
      </form>
      <QueueNext {...{ team, chosen, sweepOf }} />
      <RunList {...{ base, runs, settings, change, reason }} />
    </Panel>
  );
}

function RunList({
  base,
  runs,
  settings,
  change,
  reason,
}: Pick<ChosenProps, "base" | "settings" | "change"> & { runs: RunPoint[]; reason: string }) {
  return (
    <Scroll label="Runs of the curve" className="mt-3 max-h-56 overflow-auto">
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="right">
              Peak LR
            </th>
            <th scope="col" className="right">
              Loss
            </th>
            <th scope="col" className="right">
              Seed
            </th>
            <th scope="col">Run</th>
            <th scope="col">
              <span className="sr-only">In the fit</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((r) => (
            <tr key={r.runId}>
              <td className="right" title={String(r.peakLr)}>
                {format.learningRate(r.peakLr)}
              </td>
              <td className="right">{r.state === "diverged" ? "diverged" : format.loss(r.finalLoss)}</td>
              <td className="right">{r.seed ?? "-"}</td>
              <td>
                <Link className="link" href={`${base}/runs/${r.runId}`}>
                  open
                </Link>
              </td>
              <td>
                <button
                  type="button"
                  className="link disabled:text-muted"
                  disabled={reason.trim() === ""}
                  title={reason.trim() === "" ? "Give a reason above first" : undefined}
                  onClick={() => change(withExclusion(settings, { run: r.runId }, reason.trim()))}
                >
                  take out
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
