"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { CheckField, TextField } from "@/app/_components/fields";
import { ErrorNote, Fact, Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import { readNumber } from "@/lib/format";
import { Followers } from "./followers";
import type { Recommendation } from "./recommendation";

interface Props {
  team: string;
  base: string;
  r: Recommendation;
  after: { onSuccess: () => void };
}

/** The large run that the advice was for: predicted against achieved. */
export function OutcomePanel({ team, base, r, after }: Props) {
  const set = useSet(after);
  return (
    <Panel title={<Term name="outcome">Outcome</Term>} note="the large run, once it has been trained">
      {r.outcome ? (
        <Achieved base={base} outcome={r.outcome} />
      ) : (
        <Attach
          pending={set.isPending}
          onAttach={(outcome) => set.mutate({ team, outcome: { id: r.id, ...outcome } })}
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
          Take the outcome away
        </button>
      )}
      <Followers team={team} r={r} />
    </Panel>
  );
}

function Achieved({ base, outcome: o }: { base: string; outcome: NonNullable<Recommendation["outcome"]> }) {
  const rate = o.schedule === "power" ? "cap" : "LR";
  const regret = (value: typeof o.regretOfAdvice) =>
    value === null ? "not measured" : value.kind === "measured" ? format.percent(value.value) : value.kind;
  return (
    <>
      <p className={o.differs.length > 0 ? "text-diverged" : ""}>{o.sentence}</p>
      {o.note && <p className="mt-1 whitespace-pre-wrap text-muted">{o.note}</p>}
      <dl className="mt-3 grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
        <Fact name="Run">
          {o.run && (
            <Link className="link" href={`${base}/runs/${o.run.id}`}>
              {o.run.name}
            </Link>
          )}
          {o.address && (
            <a className="link" href={o.address} rel="noreferrer">
              {o.address}
            </a>
          )}
        </Fact>
        <Fact name={`Recommended ${rate}`}>{format.learningRate(o.recommendedLr)}</Fact>
        <Fact name={`Used ${rate}`}>{format.learningRate(o.usedLr)}</Fact>
        <Fact name="Loss">{o.diverged ? "diverged" : format.loss(o.loss)}</Fact>
        {o.wsd && (
          <Fact name="Above the best WSD run" title={String(o.wsd.loss)}>
            {format.percent(o.wsd.excess)}
          </Fact>
        )}
        {o.schedule === "wsd" && o.differs.length === 0 && o.run && (
          <>
            <Fact name={<Term name="regret">Regret of the advice</Term>}>{regret(o.regretOfAdvice)}</Fact>
            <Fact name="Regret of the used LR">{regret(o.regretOfUsed)}</Fact>
          </>
        )}
      </dl>
    </>
  );
}

type Attached = Omit<Parameters<ReturnType<typeof useSet>["mutate"]>[0]["outcome"], "id">;

function useSet(after: Props["after"]) {
  return useMutation(useTRPC().recommendation.setOutcome.mutationOptions(after));
}

const RUN_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** A run of this team by its address or id, or the address of one in another tracker, with its rate and loss. */
function Attach({ pending, onAttach }: { pending: boolean; onAttach: (outcome: Attached) => void }) {
  const [address, setAddress] = useState("");
  const [rate, setRate] = useState("");
  const [loss, setLoss] = useState("");
  const [note, setNote] = useState("");
  const [diverged, setDiverged] = useState(false);
  const text = address.trim();
  const isUrl = /^https?:\/\//i.test(text);
  const isOwn = RUN_ID.test(text) && (!isUrl || text.startsWith(window.location.origin));
  const isElsewhere = isUrl && !isOwn;
  const read = { rate: readNumber(rate), loss: readNumber(loss) };
  const errors = {
    rate: rate.trim() && !(read.rate !== null && read.rate > 0) ? "is not a learning rate such as 0.002" : undefined,
    loss: loss.trim() && read.loss === null ? "is not a number such as 2.31" : undefined,
  };
  const isReady = isOwn || (isElsewhere && !errors.rate && !errors.loss);
  return (
    <form
      className="flex flex-wrap items-start gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        if (!isReady) return;
        if (isOwn) onAttach({ runId: RUN_ID.exec(text)![0], note });
        else onAttach({ elsewhere: { address: text, peakLr: read.rate, loss: read.loss, diverged }, note });
      }}
    >
      <TextField
        name="Address or id of the finished run, here or in another tracker"
        className="min-w-52 flex-1"
        value={address}
        error={
          text !== "" && !isOwn && !isElsewhere
            ? "is neither the id of a run nor an address that begins with https://"
            : undefined
        }
        onChange={setAddress}
      />
      {isElsewhere && (
        <>
          <TextField name="Its peak LR" look="num w-full" value={rate} onChange={setRate} error={errors.rate} />
          <TextField name="Its final loss" look="num w-full" value={loss} onChange={setLoss} error={errors.loss} />
          <CheckField name="diverged" className="mt-6" value={diverged} onChange={setDiverged} />
        </>
      )}
      <TextField name="Note" className="min-w-52 flex-1" value={note} maxLength={5_000} onChange={setNote} />
      <button type="submit" className="button mt-[18px]" disabled={!isReady || pending}>
        Attach
      </button>
    </form>
  );
}
