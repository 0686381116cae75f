"use client";

import { useId, useState } from "react";
import { Choice, TextField } from "@/app/_components/fields";
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

const FIRST: readonly MappingField[] = ["peakLr", "batchSeqs", "tokens", "finalLoss", "paramsTotal", "seqLen"];

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
  const { label, unit } = fieldOf(dimension);
  const said = splitUnit(value, units);
  // Chosen before there is anything to multiply.
  const [waiting, setWaiting] = useState(said.unit);
  const chosen = said.quantity === "" ? waiting : said.unit;
  const name = unit ? `${label} (${unit})` : label;
  return (
    <div className="min-w-0">
      <TextField
        name={name}
        look="w-full font-mono text-xs"
        value={said.quantity}
        list={list}
        error={problem}
        onChange={(text) => onChange(joinUnit(text, chosen, units))}
      />
      {units.length > 0 && (
        <Choice
          label={`Unit of ${name}`}
          look="mt-1 h-6! w-full py-0! text-xs text-muted"
          value={chosen}
          options={units.map((u) => [u.id, `in ${u.label}`])}
          onChange={(id) => {
            setWaiting(id);
            onChange(joinUnit(said.quantity, id, units));
          }}
        />
      )}
    </div>
  );
}
