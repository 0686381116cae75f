"use client";

import { useId, useState } from "react";
import {
  fieldOf,
  joinUnit,
  type Mapping,
  type MappingField,
  mappingFields,
  splitUnit,
  type Unit,
  unitsOf,
} from "@/lib/mapping";

const FIRST: readonly MappingField[] = ["peakLr", "batchSeqs", "tokens", "finalLoss", "paramsNonEmbedding", "seqLen"];

/** One line a dimension: a name, a constant or an expression. The usual six first, the rest folded away. */
export function MappingFields({
  mapping,
  names,
  problems,
  onChange,
}: {
  mapping: Mapping;
  names: readonly string[];
  /** What is wrong, by dimension. */
  problems: ReadonlyMap<string, string>;
  onChange: (mapping: Mapping) => void;
}) {
  const list = useId();
  const set = (dimension: MappingField, text: string) => {
    const { [dimension]: _, ...others } = mapping;
    onChange(text.trim() === "" ? others : { ...others, [dimension]: text });
  };
  const field = (dimension: MappingField) => (
    <Field
      key={dimension}
      dimension={dimension}
      units={unitsOf(dimension, mapping)}
      value={mapping[dimension] ?? ""}
      problem={problems.get(dimension)}
      list={fieldOf(dimension).choices ? `${list}-${dimension}` : list}
      onChange={(text) => set(dimension, text)}
    />
  );
  const rest = mappingFields.filter((d) => !FIRST.includes(d));
  return (
    <div>
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={/^[\w.]+$/.test(name) ? name : `\`${name}\``} />
        ))}
      </datalist>
      {mappingFields.map((field) => (
        <Choices key={field} id={`${list}-${field}`} choices={fieldOf(field).choices} />
      ))}
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">{FIRST.map(field)}</div>
      <details className="mt-3" open={rest.some((d) => mapping[d] !== undefined)}>
        <summary className="cursor-pointer text-xs text-muted">More dimensions</summary>
        <div className="mt-2 grid gap-3 sm:grid-cols-2 lg:grid-cols-3">{rest.map(field)}</div>
      </details>
      <p className="mt-3 text-xs text-muted">
        A name, a number, or an expression such as <code>micro_batch * accumulation * world_size</code>; names with
        spaces in `backticks`.
      </p>
    </div>
  );
}

function Choices({ id, choices }: { id: string; choices: readonly string[] | undefined }) {
  return (
    choices && (
      <datalist id={id}>
        {choices.map((choice) => (
          <option key={choice} value={choice} />
        ))}
      </datalist>
    )
  );
}

function Field({
  dimension,
  units,
  value,
  problem,
  list,
  onChange,
}: {
  dimension: MappingField;
  units: Unit[];
  value: string;
  problem: string | undefined;
  list: string;
  onChange: (text: string) => void;
}) {
  const problemId = useId();
  const { label, unit } = fieldOf(dimension);
  const said = splitUnit(value, units);
  // Chosen before there is anything to multiply.
  const [waiting, setWaiting] = useState(said.unit);
  const chosen = said.quantity === "" ? waiting : said.unit;
  const name = unit ? `${label} (${unit})` : label;
  return (
    <div className="min-w-0">
      <label className="block">
        <span className="label">
          {label} {unit && <span className="text-muted">({unit})</span>}
        </span>
        <input
          className={`field w-full font-mono text-xs ${problem ? "border-failed!" : ""}`}
          value={said.quantity}
          list={list}
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? problemId : undefined}
          onChange={(e) => onChange(joinUnit(e.target.value, chosen, units))}
        />
      </label>
      {units.length > 0 && (
        <select
          className="field mt-1 h-6! w-full py-0! text-xs text-muted"
          aria-label={`Unit of ${name}`}
          value={chosen}
          onChange={(e) => {
            setWaiting(e.target.value);
            onChange(joinUnit(said.quantity, e.target.value, units));
          }}
        >
          {units.map((u) => (
            <option key={u.id} value={u.id}>
              in {u.label}
            </option>
          ))}
        </select>
      )}
      {problem && (
        <span id={problemId} role="alert" className="mt-0.5 block text-xs text-failed">
          {problem}
        </span>
      )}
    </div>
  );
}
