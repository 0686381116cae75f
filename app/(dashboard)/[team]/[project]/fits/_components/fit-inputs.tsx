"use client";

import { useMemo, useState } from "react";
import { curveTitles } from "@/app/_components/curve-titles";
import { CheckField, Choice, Framed } from "@/app/_components/fields";
import { usePointChoices } from "@/app/_components/filter-choices";
import { FilterInput } from "@/app/_components/filter-input";
import { FORM_NAMES } from "@/app/_components/form-names";
import { Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { type FitSketch, type Form, fitSettingsSchema } from "@/lib/fit";
import * as format from "@/lib/format";
import { type RunPoint, sizeNames } from "@/lib/run";
import { type SettingsControl, withExclusion } from "./use-settings";

const FORMS = Object.entries(FORM_NAMES) as [Form, string][];

const ESTIMATORS = [
  ["surface", "Surface (shared shape)"],
  ["ew", "Weighted parabola (ew)"],
  ["parabola", "Parabola through three"],
  ["argmin", "Observed best"],
  ["near-optimal", "Near-optimal: all within 0.25%"],
] as const;

const TOP_BATCHES = [
  ["1", "1"],
  ["2", "2"],
  ["3", "3 (paper)"],
  ["4", "4"],
  ["all", "all"],
] as const;

interface Props {
  control: SettingsControl;
  result: FitSketch;
  points: readonly RunPoint[];
}

/** What goes into a fit. */
export function FitInputs({ control, result, points }: Props) {
  const { settings, change } = control;
  const sizes = useMemo(() => [...new Set(result.optima.map((o) => o.sizeKey))], [result.optima]);
  const top =
    settings.topBatches ??
    (settings.form.startsWith("power-free") ? "all" : settings.form.startsWith("power") ? 3 : "all");
  return (
    <Panel title="What goes in" className="h-fit">
      <div className="space-y-3">
        <Choice
          name={<Term name="form">Form</Term>}
          value={settings.form}
          options={FORMS}
          onChange={(form) => change({ form, topBatches: undefined })}
        />
        <Choice
          name={
            <>
              <Term name="optimum">Optimum</Term> of a curve
            </>
          }
          value={settings.estimator}
          options={ESTIMATORS}
          onChange={(estimator) => change({ estimator })}
        />
        {settings.estimator === "surface" && (
          <Choice
            name="Shape of the curves"
            value={settings.curvature ?? "common"}
            options={[
              ["common", "the same for all sizes"],
              ["by-size", "one for each size"],
            ]}
            onChange={(curvature) => change({ curvature: curvature === "common" ? undefined : curvature })}
          />
        )}
        <Choice
          name="Best batches per size and T"
          value={String(top)}
          options={TOP_BATCHES}
          onChange={(v) => change({ topBatches: v === "all" ? "all" : Number(v) })}
        />
        <Choice
          name={<Term name="held-out loss">Loss</Term>}
          value={settings.loss}
          options={[
            ["held-out", "held-out, at the end"],
            ["tail", "training, last 5%"],
          ]}
          onChange={(loss) => change({ loss })}
        />
        {settings.estimator !== "surface" && <Weighting {...{ settings, change }} />}
        <Filter points={points} value={settings.where ?? ""} onChange={(where) => change({ where, sizes: null })} />
        <Sizes
          all={sizes}
          nameOf={sizeNames(result.optima)}
          chosen={settings.sizes ?? sizes}
          onChange={(next) => change({ sizes: next.length === sizes.length ? null : next.sort() })}
        />
        <Choice
          name="Seeds of a curve"
          value={settings.seeds}
          options={[
            ["average", "average where LRs agree"],
            ["separate", "keep apart"],
          ]}
          onChange={(seeds) => change({ seeds })}
        />
        <Choice
          name={
            <>
              <Term name="params N">N</Term> counts
            </>
          }
          value={settings.paramDefinition}
          options={[
            ["nonEmbedding", "non-embedding"],
            ["total", "all parameters"],
            ["active", "active ones"],
          ]}
          onChange={(paramDefinition) => change({ paramDefinition })}
        />
        <Excluded {...{ control, result, points }} />
      </div>
    </Panel>
  );
}

function Sizes({
  all,
  nameOf,
  chosen,
  onChange,
}: {
  all: readonly string[];
  nameOf: (size: string) => string;
  chosen: readonly string[];
  onChange: (sizes: string[]) => void;
}) {
  return (
    <fieldset>
      <legend className="label">Sizes</legend>
      {all.map((size) => (
        <CheckField
          key={size}
          name={nameOf(size)}
          className="py-0.5"
          value={chosen.includes(size)}
          onChange={(on) => onChange(on ? [...chosen, size] : chosen.filter((s) => s !== size))}
        />
      ))}
    </fieldset>
  );
}

/** How optima count that each curve has by itself; a surface weighs them by what it finds. */
function Weighting({ settings, change }: Pick<SettingsControl, "settings" | "change">) {
  return (
    <>
      <Choice
        name={<Term name="weights">Weights</Term>}
        value={settings.weights}
        options={[
          ["none", "equal"],
          ["se", "by standard error"],
        ]}
        onChange={(weights) => change({ weights })}
      />
      <Choice
        name={<Term name="Huber">Outliers</Term>}
        value={settings.robust}
        options={[
          ["none", "least squares"],
          ["huber", "Huber"],
        ]}
        onChange={(robust) => change({ robust })}
      />
    </>
  );
}

/** Runs that take part, by any dimension; takes effect once it can be read. */
function Filter({
  points,
  value,
  onChange,
}: {
  points: readonly RunPoint[];
  value: string;
  onChange: (where: string | undefined) => void;
}) {
  const choices = usePointChoices(points);
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value); // undo, or another link
    setText(value);
  }
  const parsed = fitSettingsSchema.safeParse(text.trim() ? { where: text } : {});
  return (
    <form
      className="print:block!"
      onSubmit={(e) => {
        e.preventDefault();
        if (parsed.success) onChange(text.trim() || undefined);
      }}
    >
      <Framed name="Filter" look="text-xs" error={parsed.success ? undefined : parsed.error.issues[0]?.message}>
        {(control) => (
          <FilterInput
            {...control}
            choices={choices}
            value={text}
            placeholder="width=32 tokens>=256k"
            onChange={setText}
            onBlur={() => parsed.success && text.trim() !== value && onChange(text.trim() || undefined)}
          />
        )}
      </Framed>
    </form>
  );
}

/** What was taken out by hand, each with its reason, and the way back. */
function Excluded({ control, result, points }: Props) {
  const { settings, change, undo, undoable } = control;
  const titleOf = curveTitles(result.optima);
  const tokensName = format.apart(
    points.map((p) => p.tokens),
    format.tokenCount,
  );
  const curves = settings.excludedCurves.map((key) => {
    const o = result.optima.find((c) => c.key === key);
    return { key, what: { curve: key }, name: o ? titleOf(o) : key };
  });
  const runs = settings.excludedRunIds.map((key) => ({
    key,
    what: { run: key },
    name: runName(
      points.find((p) => p.runId === key),
      key,
      tokensName,
    ),
  }));
  const list = [...curves, ...runs];
  return (
    <div>
      <div className="flex items-baseline justify-between">
        <p className="label">Taken out by hand</p>
        <button type="button" className="link text-xs disabled:text-muted" disabled={undoable === 0} onClick={undo}>
          undo
        </button>
      </div>
      {list.length === 0 && <p className="text-xs text-muted">Nothing.</p>}
      <ul className="space-y-1.5">
        {list.map(({ key, what, name }) => (
          <li key={key} className="flex items-start justify-between gap-2 text-xs">
            <span className="min-w-0 break-words" title={key}>
              {name}
              <span className="block text-muted">{settings.exclusionReasons?.[key]}</span>
            </span>
            <button type="button" className="link" onClick={() => change(withExclusion(settings, what, null))}>
              take in
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function runName(run: RunPoint | undefined, id: string, tokensName: (tokens: number) => string): string {
  if (!run) return `run ${id.slice(0, 8)}`;
  const seed = run.seed === null ? "" : `, seed ${run.seed}`;
  return `run of LR ${format.learningRate(run.peakLr)}, batch ${run.batchSeqs}, ${tokensName(run.tokens)} tok${seed}`;
}
