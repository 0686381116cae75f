"use client";

import type { LineX } from "@/app/_charts/run-lines/lines";
import { CheckField } from "@/app/_components/fields";
import { RUN_FIELDS } from "@/lib/filter";
import { type CurveView, SMOOTHINGS, type SmoothingKind } from "./view";

const X: Record<LineX, string> = { tokens: "tokens", step: "step", elapsed: "elapsed time", time: "time (UTC)" };
const COLOUR_FIELDS = Object.keys(RUN_FIELDS).filter((f) => f !== "created" && f !== "diverged" && f !== "duration");

/** How the curves of a page are looked at. `keys` are config keys that runs can be coloured by. */
export function CurveControls({
  view,
  change,
  keys,
  many,
}: {
  view: CurveView;
  change: (part: Partial<CurveView>) => void;
  keys: string[];
  many: boolean;
}) {
  return (
    <>
      <label className="flex items-center gap-1.5">
        Against
        <select className="field h-7! text-xs" value={view.x} onChange={(e) => change({ x: e.target.value as LineX })}>
          {Object.entries(X).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <CheckField name="log x" value={view.logX} onChange={(logX) => change({ logX })} />
      <CheckField name="log y" value={view.logY} onChange={(logY) => change({ logY })} />
      <CheckField name="full range" value={view.full} onChange={(full) => change({ full })} />
      <label className="flex items-center gap-1.5">
        Smoothing
        <select
          className="field h-7! text-xs"
          value={view.smoothing}
          onChange={(e) => change({ smoothing: e.target.value as SmoothingKind })}
        >
          {Object.entries(SMOOTHINGS).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {view.smoothing !== "none" && (
        <label className="flex items-center gap-1.5" title="in percent of the whole range of x">
          <span className="sr-only">Length of the smoothing in percent</span>
          <input
            type="range"
            min={0.2}
            max={20}
            step={0.2}
            value={view.amount}
            onChange={(e) => change({ amount: Number(e.target.value) })}
            className="w-24"
          />
          <span className="num w-10">{view.amount}%</span>
        </label>
      )}
      {many && (
        <label className="flex items-center gap-1.5">
          Colour by
          <select className="field h-7! w-32 text-xs" value={view.by} onChange={(e) => change({ by: e.target.value })}>
            <option value="run">run</option>
            <optgroup label="fields">
              {COLOUR_FIELDS.map((f) => (
                <option key={f} value={f}>
                  {f}
                </option>
              ))}
            </optgroup>
            <optgroup label="config">
              {[...new Set([...keys, ...(view.by.startsWith("config.") ? [view.by] : [])])].map((k) => (
                <option key={k} value={k}>
                  {k.slice("config.".length)}
                </option>
              ))}
            </optgroup>
          </select>
        </label>
      )}
      {view.range && (
        <button type="button" className="button h-7!" onClick={() => change({ range: null })}>
          See all
        </button>
      )}
    </>
  );
}
