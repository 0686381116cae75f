"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { Advice } from "@/app/_components/advice";
import { ErrorNote, Panel } from "@/app/_components/page";
import type { Outputs } from "@/app/_components/use-runs";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import { type RecommendationTarget, recommend, recommendationTargetSchema } from "@/lib/recommend";
import { FormsSideBySide } from "./forms-side-by-side";

type Fit = Outputs["fit"]["get"];

interface Form {
  tokens: string;
  batchSeqs: string;
  seqLen: string;
  params: string;
  width: string;
  baseWidth: string;
  architecture: string;
  parametrization: "mup" | "standard";
  schedule: "wsd" | "power";
  cap: string;
}

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
    baseWidth: "64",
    architecture: dims?.architecture ?? "dense",
    parametrization: dims?.parametrization === "standard" ? "standard" : "mup",
    schedule: "wsd",
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
  const target = useMemo(() => parseTarget(form), [form]);
  const advice = useMemo(
    () => (typeof target === "string" ? null : recommend(fit.result, target, fit.transfer)),
    [fit, target],
  );
  const set = (part: Partial<Form>) => setForm((f) => ({ ...f, ...part }));
  const defaultTitle = typeof target === "string" ? "" : titleOf(target);
  return (
    <form
      className="grid gap-4 lg:grid-cols-[320px_minmax(0,1fr)]"
      onSubmit={(e) => {
        e.preventDefault();
        if (typeof target !== "string")
          create.mutate({ team, recommendation: { fitId: fit.id, title: title || defaultTitle, note, target } });
      }}
    >
      <Panel title="Target" className="h-fit">
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
          <Number_
            name="Training tokens (empty: unknown)"
            value={form.tokens}
            onChange={(tokens) => set({ tokens })}
            hint={format.tokenCount(Number(form.tokens) || null)}
          />
          <div className="grid grid-cols-2 gap-3">
            <Number_ name="Batch (sequences)" value={form.batchSeqs} onChange={(batchSeqs) => set({ batchSeqs })} />
            <Number_ name="Sequence length" value={form.seqLen} onChange={(seqLen) => set({ seqLen })} />
            <Number_
              name="Parameters (empty: any)"
              value={form.params}
              onChange={(params) => set({ params })}
              hint={format.paramCount(Number(form.params) || null)}
            />
            <Number_ name="Width" value={form.width} onChange={(width) => set({ width })} />
            <Number_ name="muP base width" value={form.baseWidth} onChange={(baseWidth) => set({ baseWidth })} />
            <label className="block">
              <span className="label">Architecture</span>
              <input
                className="field w-full"
                value={form.architecture}
                onChange={(e) => set({ architecture: e.target.value })}
              />
            </label>
            <label className="block">
              <span className="label">Parametrization</span>
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
              <span className="label">Schedule</span>
              <select
                className="field w-full"
                value={form.schedule}
                onChange={(e) => set({ schedule: e.target.value as Form["schedule"] })}
              >
                <option value="wsd">WSD</option>
                <option value="power">Power</option>
              </select>
            </label>
            <Number_ name="Power cap (empty: largest seen)" value={form.cap} onChange={(cap) => set({ cap })} />
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
          {typeof target === "string" && <ErrorNote>{target}</ErrorNote>}
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
        {typeof target !== "string" && <FormsSideBySide {...{ team, project, target }} result={fit.result} />}
      </div>
    </form>
  );
}

function Number_({
  name,
  value,
  onChange,
  hint,
}: {
  name: string;
  value: string;
  onChange: (v: string) => void;
  hint?: string;
}) {
  return (
    <label className="block">
      <span className="label">
        {name} {hint && hint !== "-" && <span className="num">= {hint}</span>}
      </span>
      <input
        className="field num w-full"
        inputMode="decimal"
        value={value}
        onChange={(e) => onChange(e.target.value)}
      />
    </label>
  );
}

function parseTarget(f: Form): RecommendationTarget | string {
  const optional = (text: string) => (text.trim() === "" ? null : Number(text));
  const parsed = recommendationTargetSchema.safeParse({
    tokens: optional(f.tokens),
    batchSeqs: Number(f.batchSeqs),
    seqLen: Number(f.seqLen),
    params: optional(f.params),
    width: optional(f.width),
    baseWidth: Number(f.baseWidth),
    architecture: f.architecture,
    parametrization: f.parametrization,
    schedule: f.schedule,
    cap: optional(f.cap),
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return `${issue?.path.join(".")}: ${issue?.message}`;
}

function titleOf(t: RecommendationTarget): string {
  const size = t.params ? `${format.paramCount(t.params)} ` : "";
  return `${size}${t.architecture}, ${t.tokens ? `${format.tokenCount(t.tokens)} tokens` : "unknown length"}, batch ${t.batchSeqs}`;
}
