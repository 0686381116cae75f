"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type Colouring, classOf, colouringByRun, colouringOf, type ValueText } from "@/app/_charts/run-lines/colours";
import { type ChartTheme, lrColour, useChartTheme } from "@/app/_charts/theme";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";

export interface CurveRun {
  id: string;
  name: string;
}

export interface Coloured {
  colouring: Colouring;
  theme: ChartTheme;
  /** Runs whose class the legend hides. */
  hidden: (runId: string) => boolean;
  hiddenClasses: ReadonlySet<string>;
  toggle: (className: string) => void;
}

/** Colours of runs by a field or config key; null while they are not known yet. */
export function useColouring(team: string, runs: readonly CurveRun[], by: string): Coloured | null {
  const theme = useChartTheme();
  const trpc = useTRPC();
  const [hiddenClasses, setHidden] = useState<ReadonlySet<string>>(new Set());
  const runIds = useMemo(() => runs.map((r) => r.id), [runs]);
  const byRun = by === "run" || runs.length === 1;
  const found = useQuery({
    ...trpc.run.values.queryOptions({ team, runIds, keys: [by] }),
    enabled: !byRun && runIds.length > 0,
    placeholderData: (old) => old,
  }).data;
  const values = useMemo(() => {
    const known = new Map(found?.map((r) => [r.id, r.values[by] ?? null]));
    return new Map(runs.map((r) => [r.id, known.get(r.id) ?? null]));
  }, [found, runs, by]);
  const text = TEXTS[by];
  const colouring = useMemo(() => {
    if (!theme) return null;
    return byRun ? colouringByRun(runs, theme) : colouringOf(values, theme, text);
  }, [theme, byRun, runs, values, text]);
  return useMemo(() => {
    if (!theme || !colouring || (!byRun && !found)) return null;
    return {
      colouring,
      theme,
      hiddenClasses,
      hidden: (runId) => {
        const name = classOf(colouring, byRun ? runId : (values.get(runId) ?? null));
        return name !== null && hiddenClasses.has(name);
      },
      toggle: (name) =>
        setHidden((old) => (old.has(name) ? new Set([...old].filter((n) => n !== name)) : new Set([...old, name]))),
    };
  }, [theme, colouring, byRun, found, hiddenClasses, values]);
}

/** Fields that have a notation of their own. */
const TEXTS: Record<string, ValueText> = {
  peakLr: (v, digits) => format.learningRate(Number(v), digits),
  tokens: (v, digits) => format.tokenCount(Number(v), digits),
  params: (v, digits) => format.paramCount(Number(v), digits),
  paramsNonEmbedding: (v, digits) => format.paramCount(Number(v), digits),
  paramsTotal: (v, digits) => format.paramCount(Number(v), digits),
  paramsActive: (v, digits) => format.paramCount(Number(v), digits),
};

/** What the colours mean; a class is hidden and shown by its button. */
export function Legend({ coloured, by, runs }: { coloured: Coloured; by: string; runs: number }) {
  const { colouring, theme } = coloured;
  if (runs <= 1) return null;
  const name = by.startsWith("config.") ? by.slice("config.".length) : by;
  if (colouring.kind === "scale") {
    const stops = Array.from({ length: 9 }, (_, i) => lrColour(i / 8, theme)).join(", ");
    return (
      <div className="flex flex-wrap items-center gap-2 text-xs text-muted">
        <span>{name}</span>
        <span className="num text-text">{colouring.low}</span>
        <span className="h-2 w-32 rounded" style={{ background: `linear-gradient(to right, ${stops})` }} aria-hidden />
        <span className="num text-text">{colouring.high}</span>
        {colouring.unknown > 0 && <span>· {colouring.unknown} without (grey)</span>}
      </div>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
      <span className="text-muted">{name}</span>
      {colouring.classes.map((c) => {
        const shown = !coloured.hiddenClasses.has(c.name);
        return (
          <button
            key={c.name}
            type="button"
            aria-pressed={shown}
            title={shown ? "Hide" : "Show"}
            className={`flex max-w-56 items-center gap-1.5 ${shown ? "" : "text-muted line-through opacity-60"}`}
            onClick={() => coloured.toggle(c.name)}
          >
            <span className="h-0.5 w-4 shrink-0 rounded" style={{ background: c.colour }} aria-hidden />
            <span className="truncate">{c.name}</span>
            {by !== "run" && <span className="num text-muted">{c.runs}</span>}
          </button>
        );
      })}
      {by === "run" && runs > colouring.classes.length && (
        <span className="text-muted">and {runs - colouring.classes.length} more</span>
      )}
    </div>
  );
}
