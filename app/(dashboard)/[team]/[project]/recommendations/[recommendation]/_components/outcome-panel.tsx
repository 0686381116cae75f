"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { ErrorNote, Fact, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import type { Recommendation } from "./recommendation-view";

interface Props {
  team: string;
  base: string;
  r: Recommendation;
  after: { onSuccess: () => void };
}

/** The large run that the advice was for: predicted against achieved. */
export function OutcomePanel({ team, base, r, after }: Props) {
  const trpc = useTRPC();
  const set = useMutation(trpc.recommendation.setOutcome.mutationOptions(after));
  return (
    <Panel title="Outcome" note="the large run, once it has been trained">
      {r.outcome ? (
        <Achieved base={base} outcome={r.outcome} />
      ) : (
        <Attach
          pending={set.isPending}
          onAttach={(runId, note) => set.mutate({ team, outcome: { id: r.id, runId, note } })}
        />
      )}
      {set.error && <ErrorNote>{set.error.message}</ErrorNote>}
      {r.outcome && (
        <button
          type="button"
          className="link mt-3 text-xs"
          disabled={set.isPending}
          onClick={() => set.mutate({ team, outcome: { id: r.id, runId: null } })}
        >
          Detach the run
        </button>
      )}
    </Panel>
  );
}

function Achieved({ base, outcome: o }: { base: string; outcome: NonNullable<Recommendation["outcome"]> }) {
  const regret = (value: typeof o.regretOfAdvice) =>
    value === null ? "not measured" : value.kind === "measured" ? format.percent(value.value) : value.kind;
  return (
    <>
      <p>{o.sentence}</p>
      {o.note && <p className="mt-1 whitespace-pre-wrap text-muted">{o.note}</p>}
      <dl className="mt-3 grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
        <Fact name="Run">
          <Link className="link" href={`${base}/runs/${o.run.id}`}>
            {o.run.name}
          </Link>
        </Fact>
        <Fact name="Recommended LR">{format.learningRate(o.recommendedLr)}</Fact>
        <Fact name="Used LR">{format.learningRate(o.usedLr)}</Fact>
        <Fact name="Loss">{o.diverged ? "diverged" : format.loss(o.loss)}</Fact>
        <Fact name="Regret of the advice">{regret(o.regretOfAdvice)}</Fact>
        <Fact name="Regret of the used LR">{regret(o.regretOfUsed)}</Fact>
      </dl>
    </>
  );
}

function Attach({ pending, onAttach }: { pending: boolean; onAttach: (runId: string, note: string) => void }) {
  const [address, setAddress] = useState("");
  const [note, setNote] = useState("");
  const runId = /[0-9a-f]{8}-[0-9a-f-]{27}/i.exec(address)?.[0];
  return (
    <form
      className="flex flex-wrap items-end gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        if (runId) onAttach(runId, note);
      }}
    >
      <label className="min-w-52 flex-1">
        <span className="label">Address or id of the finished run</span>
        <input className="field w-full" value={address} onChange={(e) => setAddress(e.target.value)} />
      </label>
      <label className="min-w-52 flex-1">
        <span className="label">Note</span>
        <input className="field w-full" value={note} maxLength={5_000} onChange={(e) => setNote(e.target.value)} />
      </label>
      <button type="submit" className="button" disabled={!runId || pending}>
        Attach
      </button>
    </form>
  );
}
