"use client";

import type { ReactNode } from "react";
import { Choice, TextField } from "@/app/_components/fields";
import { PARAMS } from "@/app/_components/target-size";
import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import type { RecommendationTarget } from "@/lib/recommend";
import type { ParamDefinition } from "@/lib/run";
import { decayShapes } from "@/lib/schedule";
import type { Form, NumberName, TargetErrors } from "./parse-target";

/** What is to be trained, as it is typed: a number may be empty where that means something. */
export function TargetFields({
  form,
  errors,
  target,
  paramDefinition,
  set,
}: {
  form: Form;
  errors: TargetErrors;
  target: RecommendationTarget | null;
  /** Which parameters the law counts. */
  paramDefinition: ParamDefinition;
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
        {number("params", `Parameters, ${PARAMS[paramDefinition]} (empty: any)`, format.paramCount(target?.params))}
        {number("width", "Width")}
        {number("depth", "Depth (layers)")}
        {number("baseWidth", <Term name="base width">muP base width</Term>)}
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
            ["unknown", "as in the runs: unknown"],
          ]}
          onChange={(parametrization) => set({ parametrization })}
        />
        <TextField
          name="Optimizer (empty: unknown)"
          value={form.optimizer}
          error={errors.optimizer}
          onChange={(optimizer) => set({ optimizer })}
        />
        {number("weightDecay", "Weight decay (empty: unknown)")}
        <Choice
          name="Law's batch read as"
          value={form.batchReading}
          options={[
            ["tokens", "tokens"],
            ["sequences", "sequences"],
          ]}
          onChange={(batchReading) => set({ batchReading })}
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
        <AmplitudeField {...{ form, set }} error={errors.amplitudeRatio} />
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

/** What is typed was not measured. */
function AmplitudeField({ form, error, set }: { form: Form; error?: string; set: (part: Partial<Form>) => void }) {
  const { amplitudeRatio, amplitudeSource: source } = form;
  return (
    <TextField
      name={<Worded term="amplitude ratio" word="Power amplitude" rest="of the law's (empty: 4/4.6)" />}
      look="num w-full"
      spellCheck={false}
      value={amplitudeRatio}
      error={error}
      note={source ? `measured from ${format.counted(source.curves, "curve")}` : undefined}
      onChange={(text) => set({ amplitudeRatio: text, amplitudeSource: null })}
    />
  );
}

function Worded({ term, word, rest }: { term: string; word: string; rest: string }) {
  return (
    <>
      <Term name={term}>{word}</Term> {rest}
    </>
  );
}
