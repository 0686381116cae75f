"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { Advice } from "@/app/_components/advice";
import { Choice, TextArea, TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { lawRecipe, type RecommendationTarget, recommend } from "@/lib/recommend";
import { FormsSideBySide } from "./forms-side-by-side";
import { type Form, parseTarget } from "./parse-target";
import { SchedulesPanel } from "./schedules-panel";
import { TargetFields } from "./target-fields";

type Fit = Outputs["fit"]["get"];

/** Begins a little beyond the data, twice the tokens of the longest run at its middle batch, with the law's recipe. */
function initialForm({ result }: Fit): Form {
  const used = result.optima.filter((o) => o.used);
  const dims = used.at(-1)?.dims ?? result.optima[0]?.dims;
  const fit = result.fit?.kind === "lr" ? result.fit : null;
  const { parametrization, baseWidth, optimizer, weightDecay } = lawRecipe(result);
  return {
    tokens: String(2 * (fit?.ranges.tokens.high ?? 1e9)),
    batchSeqs: String(
      fit ? 2 ** Math.round(Math.log2(Math.sqrt(fit.ranges.batchSeqs.low * fit.ranges.batchSeqs.high))) : 8,
    ),
    seqLen: String(dims?.seqLen ?? 1024),
    params: "",
    width: String(dims?.width ?? ""),
    depth: String(dims?.depth ?? ""),
    baseWidth: String(baseWidth ?? ""),
    optimizer: optimizer ?? "",
    weightDecay: String(weightDecay ?? ""),
    batchReading: "tokens",
    architecture: dims?.architecture ?? "dense",
    parametrization: parametrization ?? "unknown",
    schedule: "wsd",
    decayShape: "exp",
    decayFraction: "0.1",
    warmupTokens: "",
    cap: "",
    amplitudeRatio: "",
    amplitudeSource: null,
  };
}

export function NewRecommendation({
  team,
  project,
  fits,
  fit,
}: {
  team: string;
  project: string;
  fits: Outputs["fit"]["list"];
  fit: Fit;
}) {
  const [form, setForm] = useState(() => initialForm(fit));
  const [title, setTitle] = useState("");
  const [note, setNote] = useState("");
  const router = useRouter();
  const trpc = useTRPC();
  const create = useMutation(
    trpc.recommendation.create.mutationOptions({
      onSuccess: ({ id }) => router.push(`/${team}/${project}/recommendations/${id}`),
    }),
  );
  const { target, errors } = useMemo(() => parseTarget(form), [form]);
  const advice = useMemo(() => (target ? recommend(fit.result, target, fit.transfer) : null), [fit, target]);
  const set = (part: Partial<Form>) => setForm((f) => ({ ...f, ...part }));
  const defaultTitle = target ? titleOf(target) : "";
  return (
    <form
      className="grid gap-4 lg:grid-cols-[320px_minmax(0,1fr)]"
      onSubmit={(e) => {
        e.preventDefault();
        if (target)
          create.mutate({ team, recommendation: { fitId: fit.id, title: title || defaultTitle, note, target } });
      }}
    >
      <Panel title={<Term name="target">Target</Term>} className="h-fit">
        <div className="space-y-3">
          <Choice
            name="Fit"
            value={fit.id}
            options={fits.map((f) => [f.id, f.name] as const)}
            onChange={(id) => router.push(`?fit=${id}`)}
          />
          <TargetFields {...{ form, errors, target, set }} paramDefinition={fit.result.settings.paramDefinition} />
          <TextField name="Title" value={title} placeholder={defaultTitle} maxLength={200} onChange={setTitle} />
          <TextArea name="Note for the team" rows={3} value={note} maxLength={5000} onChange={setNote} />
          {create.error && <ErrorNote>{create.error.message}</ErrorNote>}
          <button
            type="submit"
            className="button button-primary w-full justify-center"
            disabled={!advice || create.isPending}
          >
            {create.isPending ? "Saving…" : "Save as draft"}
          </button>
        </div>
      </Panel>
      <div className="min-w-0 space-y-4">
        {advice ? <Advice result={advice} /> : <Panel>Fill in the target to see the advice.</Panel>}
        <SchedulesPanel
          {...{ team, project, advice }}
          onAmplitude={(amplitudeSource, ratio) => set({ amplitudeSource, amplitudeRatio: String(ratio) })}
        />
        {target && <FormsSideBySide {...{ team, project, target }} result={fit.result} />}
      </div>
    </form>
  );
}

function titleOf(t: RecommendationTarget): string {
  const size = t.params ? `${format.paramCount(t.params)} ` : "";
  return `${size}${t.architecture}, ${t.tokens ? `${format.tokenCount(t.tokens)} tokens` : "unknown length"}, batch ${t.batchSeqs}`;
}
