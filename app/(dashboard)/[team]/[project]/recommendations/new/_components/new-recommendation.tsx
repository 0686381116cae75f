"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { Advice } from "@/app/_components/advice";
import { NumberField } from "@/app/_components/number-field";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { type RecommendationTarget, recommend } from "@/lib/recommend";
import { decayShapes } from "@/lib/schedule";
import { FormsSideBySide } from "./forms-side-by-side";
import { type Form, parseTarget } from "./parse-target";

type Fit = Outputs["fit"]["get"];

/** Begins a little beyond the data: twice the tokens of the longest run, at its middle batch. */
function initialForm({ result }: Fit): Form {
  const used = result.optima.filter((o) => o.used);
  const dims = used.at(-1)?.dims ?? result.optima[0]?.dims;
  const fit = result.fit?.kind === "lr" ? result.fit : null;
  return {
    tokens: String(2 * (fit?.ranges.tokens.high ?? 1e9)),
    batchSeqs: String(
      fit ? 2 ** Math.round(Math.log2(Math.sqrt(fit.ranges.batchSeqs.low * fit.ranges.batchSeqs.high))) : 8,
    ),
    seqLen: String(dims?.seqLen ?? 1024),
    params: "",
    width: String(dims?.width ?? ""),
    depth: String(dims?.depth ?? ""),
    baseWidth: "64",
    architecture: dims?.architecture ?? "dense",
    parametrization: dims?.parametrization === "standard" ? "standard" : "mup",
    schedule: "wsd",
    decayShape: "exp",
    decayFraction: "0.1",
    warmupTokens: "",
    cap: "",
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
          <label className="block">
            <span className="label">Fit</span>
            <select className="field w-full" value={fit.id} onChange={(e) => router.push(`?fit=${e.target.value}`)}>
              {fits.map((f) => (
                <option key={f.id} value={f.id}>
                  {f.name}
                </option>
              ))}
            </select>
          </label>
          <NumberField
            name="Training tokens (empty: unknown)"
            value={form.tokens}
            onChange={(tokens) => set({ tokens })}
            hint={format.tokenCount(target?.tokens)}
            error={errors.tokens}
          />
          <div className="grid grid-cols-2 gap-3">
            <NumberField
              name="Batch (sequences)"
              value={form.batchSeqs}
              onChange={(batchSeqs) => set({ batchSeqs })}
              error={errors.batchSeqs}
            />
            <NumberField
              name="Sequence length"
              value={form.seqLen}
              onChange={(seqLen) => set({ seqLen })}
              error={errors.seqLen}
            />
            <NumberField
              name="Parameters (empty: any)"
              value={form.params}
              onChange={(params) => set({ params })}
              hint={format.paramCount(target?.params)}
              error={errors.params}
            />
            <NumberField name="Width" value={form.width} onChange={(width) => set({ width })} error={errors.width} />
            <NumberField
              name="Depth (layers)"
              value={form.depth}
              onChange={(depth) => set({ depth })}
              error={errors.depth}
            />
            <NumberField
              name={<Term name="muP base rate">muP base width</Term>}
              value={form.baseWidth}
              onChange={(baseWidth) => set({ baseWidth })}
              error={errors.baseWidth}
            />
            <label className="block">
              <span className="label">Architecture</span>
              <input
                className={`field w-full ${errors.architecture ? "border-failed!" : ""}`}
                value={form.architecture}
                aria-invalid={errors.architecture !== undefined}
                onChange={(e) => set({ architecture: e.target.value })}
              />
              {errors.architecture && (
                <span role="alert" className="mt-0.5 block text-xs text-failed">
                  {errors.architecture}
                </span>
              )}
            </label>
            <label className="block">
              <span className="label">
                <Term name="parametrization">Parametrization</Term>
              </span>
              <select
                className="field w-full"
                value={form.parametrization}
                onChange={(e) => set({ parametrization: e.target.value as Form["parametrization"] })}
              >
                <option value="mup">muP</option>
                <option value="standard">standard</option>
              </select>
            </label>
            <label className="block">
              <span className="label">
                <Term name="WSD">Schedule</Term>
              </span>
              <select
                className="field w-full"
                value={form.schedule}
                onChange={(e) => set({ schedule: e.target.value as Form["schedule"] })}
              >
                <option value="wsd">WSD</option>
                <option value="power">Power</option>
              </select>
            </label>
            <NumberField
              name={
                <>
                  <Term name="cap">Power cap</Term> (empty: largest rate seen)
                </>
              }
              value={form.cap}
              onChange={(cap) => set({ cap })}
              error={errors.cap}
            />
            <label className="block">
              <span className="label">
                Shape of the <Term name="decay">decay</Term>
              </span>
              <select
                className="field w-full"
                value={form.decayShape}
                onChange={(e) => set({ decayShape: e.target.value as Form["decayShape"] })}
              >
                {decayShapes.map((shape) => (
                  <option key={shape} value={shape}>
                    {shape === "exp" ? "exponential" : shape}
                  </option>
                ))}
              </select>
            </label>
            <NumberField
              name="Decay (fraction of the run)"
              value={form.decayFraction}
              onChange={(decayFraction) => set({ decayFraction })}
              error={errors.decayFraction}
            />
            <NumberField
              name={
                <>
                  <Term name="warmup">Warmup</Term> tokens (empty: 1%)
                </>
              }
              value={form.warmupTokens}
              onChange={(warmupTokens) => set({ warmupTokens })}
              hint={format.tokenCount(target?.warmupTokens)}
              error={errors.warmupTokens}
            />
          </div>
          <label className="block">
            <span className="label">Title</span>
            <input
              className="field w-full"
              value={title}
              placeholder={defaultTitle}
              onChange={(e) => setTitle(e.target.value)}
              maxLength={200}
            />
          </label>
          <label className="block">
            <span className="label">Note for the team</span>
            <textarea
              className="field w-full"
              rows={3}
              value={note}
              onChange={(e) => setNote(e.target.value)}
              maxLength={5000}
            />
          </label>
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
        {target && <FormsSideBySide {...{ team, project, target }} result={fit.result} />}
      </div>
    </form>
  );
}

function titleOf(t: RecommendationTarget): string {
  const size = t.params ? `${format.paramCount(t.params)} ` : "";
  return `${size}${t.architecture}, ${t.tokens ? `${format.tokenCount(t.tokens)} tokens` : "unknown length"}, batch ${t.batchSeqs}`;
}
