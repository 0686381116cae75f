"use client";

import type { ReactNode } from "react";
import { Choice, TextField } from "@/app/_components/fields";
import { FORM_NAMES } from "@/app/_components/form-names";
import { Panel } from "@/app/_components/page";
import { PARAMS } from "@/app/_components/target-size";
import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import type { ParamDefinition } from "@/lib/run";
import type { SettingsControl } from "../../_components/use-settings";
import { type Aim, type AimName, type AimText, FORMS } from "./use-aim";

interface Props {
  text: AimText;
  errors: Partial<AimText>;
  aim: Aim | null;
  set: (name: AimName, text: string) => void;
  control: SettingsControl;
  needsParams: boolean;
  seqLen: number | null;
  paramDefinition: ParamDefinition;
}

/** What the runs are for, and what they may cost. */
export function AimFields({ text, errors, aim, set, control, needsParams, seqLen, paramDefinition }: Props) {
  const number = (key: AimName, name: ReactNode, hint?: string) => (
    <TextField
      name={name}
      look="num w-full"
      spellCheck={false}
      value={text[key]}
      hint={hint}
      error={errors[key]}
      onChange={(value) => set(key, value)}
    />
  );
  const params = `Parameters, ${PARAMS[paramDefinition]}${needsParams ? "" : " (the form knows no size)"}`;
  return (
    <Panel title={<Term name="target">Target</Term>} className="h-fit">
      <div className="space-y-3">
        {number("tokens", "Training tokens", format.tokenCount(aim?.tokens))}
        {number("batchSeqs", `Batch (sequences${seqLen ? ` of ${seqLen} tokens` : ""})`)}
        {number("params", params, aim?.params ? format.paramCount(aim.params) : undefined)}
        {number("budget", "Budget in tokens to train", format.tokenCount(aim?.budgetTokens))}
        <Choice
          name={
            <>
              <Term name="form">Form</Term> of the law
            </>
          }
          value={control.settings.form as (typeof FORMS)[number]}
          options={FORMS.map((form) => [form, FORM_NAMES[form]] as const)}
          onChange={(form) => control.change({ form, topBatches: undefined })}
        />
      </div>
    </Panel>
  );
}
