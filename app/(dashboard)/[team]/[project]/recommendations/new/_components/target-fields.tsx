"use client";

import type { ReactNode } from "react";
import { Choice, TextField } from "@/app/_components/fields";
import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import type { RecommendationTarget } from "@/lib/recommend";
import { decayShapes } from "@/lib/schedule";
import type { Form, NumberName, TargetErrors } from "./parse-target";

/** What is to be trained, as it is typed: a number may be empty where that means something. */
export function TargetFields({
  form,
  errors,
  target,
  set,
}: {
  form: Form;
  errors: TargetErrors;
  target: RecommendationTarget | null;
  set: (part: Partial<Form>) => void;
}) {
  const number = (key: NumberName, name: ReactNode, hint?: string) => (
    <TextField
      name={name}
      look="num w-full"
      spellCheck={false}
      value={form[key]}
      hint={hint}
      error={errors[key]}
      onChange={(text) => set({ [key]: text })}
    />
  );
  return (
    <>
      {number("tokens", "Training tokens (empty: unknown)", format.tokenCount(target?.tokens))}
      <div className="grid grid-cols-2 gap-3">
        {number("batchSeqs", "Batch (sequences)")}
        {number("seqLen", "Sequence length")}
        {number("params", "Parameters (empty: any)", format.paramCount(target?.params))}
        {number("width", "Width")}
        {number("depth", "Depth (layers)")}
        {number("baseWidth", <Term name="muP base rate">muP base width</Term>)}
        <TextField
          name="Architecture"
          value={form.architecture}
          error={errors.architecture}
          onChange={(architecture) => set({ architecture })}
        />
        <Choice
          name={<Term name="parametrization">Parametrization</Term>}
          value={form.parametrization}
          options={[
            ["mup", "muP"],
            ["standard", "standard"],
          ]}
          onChange={(parametrization) => set({ parametrization })}
        />
        <Choice
          name={<Term name="WSD">Schedule</Term>}
          value={form.schedule}
          options={[
            ["wsd", "WSD"],
            ["power", "Power"],
          ]}
          onChange={(schedule) => set({ schedule })}
        />
        {number("cap", <Worded term="cap" word="Power cap" rest="(empty: largest rate seen)" />)}
        <Choice
          name={
            <>
              Shape of the <Term name="decay">decay</Term>
            </>
          }
          value={form.decayShape}
          options={decayShapes.map((shape) => [shape, shape === "exp" ? "exponential" : shape] as const)}
          onChange={(decayShape) => set({ decayShape })}
        />
        {number("decayFraction", "Decay (fraction of the run)")}
        {number(
          "warmupTokens",
          <Worded term="warmup" word="Warmup" rest="tokens (empty: 1%)" />,
          format.tokenCount(target?.warmupTokens),
        )}
      </div>
    </>
  );
}

function Worded({ term, word, rest }: { term: string; word: string; rest: string }) {
  return (
    <>
      <Term name={term}>{word}</Term> {rest}
    </>
  );
}
