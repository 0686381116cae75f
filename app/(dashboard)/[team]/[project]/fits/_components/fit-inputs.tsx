"use client";

import { useMemo } from "react";
import { sizeName } from "@/app/_charts/power-law";
import { Panel } from "@/app/_components/page";
import type { FitResult, FitSettings, Form } from "@/lib/fit";
import * as format from "@/lib/format";

const FORMS: [Form, string][] = [
  ["power-free", "Power, free batch: A·batch^c·T^b"],
  ["power", "Power (paper): batch·a·T^b, top batches"],
  ["power-averaged", "Power (paper), averaged over batches"],
  ["power-free-size", "Power, free batch and size"],
  ["step-law", "Step Law: c·N^α·T^β"],
  ["compute", "Compute (DeepSeek): c·C^α"],
  ["horizon", "Horizon (Björck): c·N^-α·T^-β"],
];

const ESTIMATORS = [
  ["ew", "Weighted parabola (default)"],
  ["parabola", "Parabola through three"],
  ["argmin", "Observed best"],
  ["near-optimal", "All within 0.25%"],
] as const;

interface Props {
  settings: FitSettings;
  change: (part: Partial<FitSettings>) => void;
  result: FitResult;
}

/** What goes into a fit. */
export function FitInputs({ settings, change, result }: Props) {
  const sizes = useMemo(() => [...new Set(result.optima.map((o) => o.sizeKey))], [result.optima]);
  const chosen = settings.sizes ?? sizes;
  const toggleSize = (size: string) => {
    const next = chosen.includes(size) ? chosen.filter((s) => s !== size) : [...chosen, size];
    change({ sizes: next.length === sizes.length ? null : next.sort() });
  };
  const top =
    settings.topBatches ??
    (settings.form.startsWith("power-free") ? "all" : settings.form.startsWith("power") ? 3 : "all");
  return (
    <Panel title="What goes in" className="h-fit">
      <div className="space-y-3">
        <Choice
          name="Form"
          value={settings.form}
          options={FORMS}
          onChange={(form) => change({ form, topBatches: undefined })}
        />
        <Choice
          name="Optimum of a curve"
          value={settings.estimator}
          options={ESTIMATORS}
          onChange={(estimator) => change({ estimator })}
        />
        <Choice
          name="Best batches per size and T"
          value={String(top)}
          options={[
            ["1", "1"],
            ["2", "2"],
            ["3", "3 (paper)"],
            ["4", "4"],
            ["all", "all"],
          ]}
          onChange={(v) => change({ topBatches: v === "all" ? "all" : Number(v) })}
        />
        <Choice
          name="Loss"
          value={settings.lossMetric}
          options={[
            ["final", "held-out, at the end"],
            ["tail", "training, last 5%"],
          ]}
          onChange={(lossMetric) => change({ lossMetric })}
        />
        <Choice
          name="Weights"
          value={settings.weights}
          options={[
            ["none", "equal"],
            ["se", "by standard error"],
          ]}
          onChange={(weights) => change({ weights })}
        />
        <Choice
          name="Outliers"
          value={settings.robust}
          options={[
            ["none", "least squares"],
            ["huber", "Huber"],
          ]}
          onChange={(robust) => change({ robust })}
        />
        <fieldset>
          <legend className="label">Sizes</legend>
          {sizes.map((s) => (
            <label key={s} className="flex items-center gap-2 py-0.5">
              <input type="checkbox" checked={chosen.includes(s)} onChange={() => toggleSize(s)} />
              {sizeName(s)}
            </label>
          ))}
        </fieldset>
        <Excluded {...{ settings, change, result }} />
      </div>
    </Panel>
  );
}

function Excluded({ settings, change, result }: Props) {
  if (settings.excludedCurves.length === 0) return <p className="text-xs text-muted">No curve taken out by hand.</p>;
  return (
    <div>
      <p className="label">Taken out by hand</p>
      <ul className="space-y-1">
        {settings.excludedCurves.map((key) => {
          const o = result.optima.find((c) => c.key === key);
          return (
            <li key={key} className="flex items-center justify-between gap-2 text-xs">
              <span className="min-w-0 truncate" title={key}>
                {o ? `${sizeName(o.sizeKey)}, ${format.tokenCount(o.dims.tokens)}, batch ${o.dims.batchSeqs}` : key}
              </span>
              <button
                type="button"
                className="link"
                onClick={() => change({ excludedCurves: settings.excludedCurves.filter((k) => k !== key) })}
              >
                take in
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Choice<T extends string>({
  name,
  value,
  options,
  onChange,
}: {
  name: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (v: T) => void;
}) {
  return (
    <label className="block">
      <span className="label">{name}</span>
      <select className="field w-full" value={value} onChange={(e) => onChange(e.target.value as T)}>
        {options.map(([v, text]) => (
          <option key={v} value={v}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
