"use client";

import type { ReactNode } from "react";
import { CheckField, Choice, NumberField, Numbers } from "@/app/_components/fields";
import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import { decayShapes } from "@/lib/schedule";
import type { SearchSpace } from "@/lib/sweep";

interface Props {
  space: SearchSpace;
  /** What is wrong, by path: `models.0.width`. */
  problems: ReadonlyMap<string, string>;
  onChange: (s: SearchSpace) => void;
}

interface Axis {
  space: SearchSpace;
  problems: Props["problems"];
  set: (part: Partial<SearchSpace>) => void;
}

/** The axes of a search space. */
export function SpaceForm({ space, problems, onChange }: Props) {
  const set = (part: Partial<SearchSpace>) => onChange({ ...space, ...part });
  const axis = { space, problems, set };
  return (
    <div className="space-y-5">
      <Models {...axis} />
      <Batches {...axis} />
      <Numbers
        name={
          <>
            <Term name="tokens T">Token counts</Term> (
            {space.tokens.map(format.apart(space.tokens, format.tokenCount)).join(", ")})
          </>
        }
        label="Token counts"
        className={WIDE}
        value={space.tokens}
        error={problems.get("tokens")}
        onChange={(tokens) => set({ tokens })}
      />
      <ScheduleFields {...axis} />
      <div className="flex flex-wrap gap-4">
        <Numbers
          name="Seeds"
          className="w-36"
          value={space.seeds}
          error={problems.get("seeds")}
          onChange={(seeds) => set({ seeds })}
        />
        <Numbers
          name={<Term name="timescale">Weight decays</Term>}
          label="Weight decays"
          className="w-36"
          value={space.weightDecays}
          error={problems.get("weightDecays")}
          onChange={(weightDecays) => set({ weightDecays })}
        />
        <Parametrizations {...axis} />
      </div>
      {space.schedule.warmupTokens < 65_536 && (
        <p className="text-xs text-diverged">
          A warmup below 65,536 tokens made curves of these small models ragged; see docs/methods.md.
        </p>
      )}
    </div>
  );
}

const WIDE = "w-full max-w-lg min-w-64 flex-1";

const MODEL_FIELDS = [
  ["width", "width"],
  ["depth", "depth"],
  ["heads", "heads"],
  ["hidden", "MLP hidden"],
  ["seqLen", "context"],
  ["experts", "experts"],
  ["topK", "top-k"],
] as const;

function Models({ space: { models }, problems, set }: Axis) {
  return (
    <Rows
      name={
        <>
          Models: <Term name="context">context</Term>, <Term name="experts">experts</Term> (0: dense) and{" "}
          <Term name="top-k">top-k</Term> too
        </>
      }
      add="add a model"
      rows={models}
      next={models.at(-1)!}
      onChange={(changed) => set({ models: changed })}
    >
      {(model, i, change) =>
        MODEL_FIELDS.map(([key, name]) => (
          <NumberField
            key={key}
            name={name}
            label={`Model ${i + 1} ${name}`}
            look="w-20"
            value={model[key]}
            error={problems.get(`models.${i}.${key}`)}
            onChange={(value) => change({ ...model, [key]: value })}
          />
        ))
      }
    </Rows>
  );
}

function Batches({ space: { batches }, problems, set }: Axis) {
  const last = batches.at(-1)!;
  return (
    <Rows
      name={
        <>
          <Term name="batch">Batches</Term>, each with its <Term name="peak LR">learning rates</Term>
        </>
      }
      add="add a batch"
      rows={batches}
      next={{ ...last, batchSeqs: last.batchSeqs * 2 }}
      onChange={(changed) => set({ batches: changed })}
    >
      {(batch, i, change) => (
        <>
          <NumberField
            name="sequences"
            label={`Batch ${i + 1} in sequences`}
            look="w-16"
            value={batch.batchSeqs}
            error={problems.get(`batches.${i}.batchSeqs`)}
            onChange={(batchSeqs) => change({ ...batch, batchSeqs })}
          />
          <Numbers
            name="learning rates"
            label={`Learning rates of batch ${batch.batchSeqs}`}
            className={WIDE}
            value={batch.learningRates}
            error={problems.get(`batches.${i}.learningRates`)}
            onChange={(learningRates) => change({ ...batch, learningRates })}
          />
        </>
      )}
    </Rows>
  );
}

/** Rows of fields that are edited in place; the last one stays. */
function Rows<T>({
  name,
  add,
  rows,
  next,
  onChange,
  children,
}: {
  name: ReactNode;
  add: string;
  rows: readonly T[];
  /** What is added. */
  next: T;
  onChange: (rows: T[]) => void;
  children: (row: T, i: number, change: (row: T) => void) => ReactNode;
}) {
  return (
    <fieldset>
      <legend className="label">{name}</legend>
      {rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are edited in place
        <div key={i} className="mb-2 flex flex-wrap items-start gap-2">
          {children(row, i, (changed) => onChange(rows.map((r, j) => (j === i ? changed : r))))}
          {rows.length > 1 && (
            <button
              type="button"
              className="link mt-6 text-xs"
              onClick={() => onChange(rows.filter((_, j) => j !== i))}
            >
              remove
            </button>
          )}
        </div>
      ))}
      <button type="button" className="link text-xs" onClick={() => onChange([...rows, next])}>
        {add}
      </button>
    </fieldset>
  );
}

type Schedule = SearchSpace["schedule"];

const KINDS = (["wsd", "power", "constant", "cosine", "linear"] as const).map((k) => [k, k] as const);
const DECAY_SHAPES = decayShapes.map((k) => [k, k] as const);

function ScheduleFields({ space: { schedule }, problems, set }: Axis) {
  const change = (part: Partial<Schedule>) => set({ schedule: { ...schedule, ...part } });
  const number = (key: "warmupTokens" | "decayFraction" | "a" | "b", name: ReactNode, look = "w-24") => (
    <NumberField
      name={name}
      look={look}
      value={schedule[key]}
      error={problems.get(`schedule.${key}`)}
      onChange={(value) => change({ [key]: value })}
    />
  );
  return (
    <div className="flex flex-wrap gap-4">
      <Choice
        name={<Term name="schedule">Schedule</Term>}
        look=""
        value={schedule.kind}
        options={KINDS}
        onChange={(kind) => change({ kind })}
      />
      {number(
        "warmupTokens",
        <>
          <Term name="warmup">Warmup</Term> tokens
        </>,
        "w-28",
      )}
      {number(
        "decayFraction",
        <>
          <Term name="decay">Decay</Term> fraction
        </>,
      )}
      <Choice
        name="Decay shape"
        look=""
        value={schedule.decayShape}
        options={DECAY_SHAPES}
        onChange={(decayShape) => change({ decayShape })}
      />
      {schedule.kind === "power" && number("a", "Power a")}
      {schedule.kind === "power" && number("b", "Power b")}
    </div>
  );
}

function Parametrizations({ space: { parametrizations }, set }: Axis) {
  const has = (kind: "mup" | "standard") => parametrizations.some((p) => p.kind === kind);
  const toggle = (kind: "mup" | "standard") => {
    const next = has(kind)
      ? parametrizations.filter((p) => p.kind !== kind)
      : [...parametrizations, { ...parametrizations[0]!, kind }];
    if (next.length > 0) set({ parametrizations: next });
  };
  return (
    <fieldset>
      <legend className="label">
        <Term name="parametrization">Parametrization</Term>
      </legend>
      <div className="flex h-8 items-center gap-4">
        <CheckField name="muP" value={has("mup")} onChange={() => toggle("mup")} />
        <CheckField name="standard" value={has("standard")} onChange={() => toggle("standard")} />
      </div>
    </fieldset>
  );
}
