"use client";

import { useMemo } from "react";
import { Copy } from "@/app/_components/copy";
import { Fact, Panel, Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import type { FitSketch, LrFit } from "@/lib/fit";
import * as format from "@/lib/format";
import { type Proposal, parametrizationOf, proposeRuns, trainablePlaces, trainableRuns } from "@/lib/propose";
import type { RunPoint } from "@/lib/run";
import { asCsv, type Curve, curvesOf } from "./proposed-curves";
import { QueueProposed } from "./queue-proposed";
import type { Aim } from "./use-aim";
import type { QueueIn } from "./use-queue";

interface Props {
  team: string;
  project: string;
  result: FitSketch;
  fit: LrFit;
  aim: Aim;
  queue: QueueIn | null;
  /** The project's queued and running runs. */
  open: readonly RunPoint[];
}

/** The runs, what they are worth, and how they get trained. */
export function Proposals({ team, project, result, fit, aim, queue, open }: Props) {
  const { tokens, batchSeqs, params, budgetTokens } = aim;
  const found = useMemo(() => {
    const seqLen = result.optima.find((o) => o.used)?.dims.seqLen ?? null;
    const target = { tokens, batchSeqs, params, seqLen };
    const places = queue && trainablePlaces(fit, target, queue.space);
    const candidates = places?.map((place) => place.point);
    const proposal = proposeRuns(result, { target, budgetTokens, candidates, open });
    if (!proposal) return null;
    const runs = places ? trainableRuns(proposal.runs, places) : null;
    return { proposal, runs, curves: curvesOf(runs ?? proposal.runs) };
  }, [result, fit, queue, open, tokens, batchSeqs, params, budgetTokens]);
  if (!found)
    return (
      <Panel title="Next runs">
        <p>This law does not say how sure it is at the target: its scatter is unknown. Finish more curves first.</p>
      </Panel>
    );
  const { proposal, runs, curves } = found;
  const nothing = curves.length === 0;
  return (
    <>
      <Panel title="Next runs" note={nothing ? undefined : `${format.counted(proposal.runs.length, "run")}`}>
        <p data-sentence>{sentenceOf(proposal, budgetTokens)}</p>
        <dl className="mt-3 grid grid-cols-2 gap-3 sm:grid-cols-3">
          <Fact name={<Term name="regret">Expected regret now</Term>}>{ofLoss(proposal.regretNow)}</Fact>
          {proposal.open > 0 && <Fact name="After those under way">{ofLoss(proposal.regretOpen)}</Fact>}
          <Fact name="After these runs">{ofLoss(proposal.regretAfter)}</Fact>
          {!queue && <Fact name="Tokens of the runs">{format.tokenCount(proposal.costTokens)}</Fact>}
        </dl>
        {open.length > 0 && <p className="mt-3 text-[13px] text-muted">{countedOf(proposal, open.length)}</p>}
        {!nothing && runs && queue && (
          <QueueProposed
            {...{ team, project, queue }}
            runs={runs}
            parametrization={parametrizationOf(result, queue.space).kind}
          />
        )}
        {!nothing && !queue && (
          <p className="mt-4 flex flex-wrap items-center gap-3 text-[13px]">
            <span>
              The runs of this law came from elsewhere, and Etalon cannot train more of them. Copy the list, train them
              there, and import their results.
            </span>
            <Copy label="Copy as CSV" text={() => asCsv(proposal.runs, fit.paramDefinition)} />
          </p>
        )}
      </Panel>
      {!nothing && <CurveTable curves={curves} />}
    </>
  );
}

function countedOf({ open }: Proposal, all: number): string {
  const words = `${format.counted(all, "run")} of this project ${all === 1 ? "is" : "are"} queued or running`;
  if (open === all) return `${words}, counted here as if finished.`;
  return `${words}; ${open} of them ${open === 1 ? "is" : "are"} counted here as if finished. The others tell this law nothing yet: they are left out of it, lack a dimension, or are alone on their curve.`;
}

const ofLoss = (regret: number) => `${format.significant(100 * regret, 2)}% of the loss`;

function sentenceOf({ runs, cheapest, sentence }: Proposal, budget: number): string {
  if (runs.length > 0 || cheapest === null || cheapest <= budget) return sentence;
  const [own, least] = [budget, cheapest].map((tokens) => format.tokenCount(tokens));
  return `The budget of ${own} tokens pays for no curve: the cheapest one costs ${least}. Give at least that.`;
}

/** More than anyone reads; all of them are queued. */
const LISTED = 60;

function CurveTable({ curves }: { curves: readonly Curve[] }) {
  return (
    <Panel title={<Term name="curve">Curves</Term>} note="three rates each, the most worth for a token first">
      <Scroll label="Proposed runs" className="max-h-[32rem] overflow-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Peak LR</th>
              <th scope="col" className="right">
                Batch
              </th>
              <th scope="col" className="right">
                Tokens
              </th>
              <th scope="col" className="right">
                Params
              </th>
              <th scope="col" className="right">
                Seed
              </th>
              <th scope="col" className="right">
                Cost, tokens
              </th>
              <th scope="col" className="right">
                Takes off, % of the loss
              </th>
            </tr>
          </thead>
          <tbody>
            {curves.slice(0, LISTED).map((c) => (
              <tr key={`${c.params} ${c.batchSeqs} ${c.tokens} ${c.seed}`}>
                <td>{c.learningRates.map((lr) => format.learningRate(lr)).join(", ")}</td>
                <td className="right">{c.batchSeqs}</td>
                <td className="right">{format.tokenCount(c.tokens)}</td>
                <td className="right">{format.paramCount(c.params)}</td>
                <td className="right">{c.seed}</td>
                <td className="right">{format.tokenCount(c.costTokens)}</td>
                <td className="right">{format.significant(100 * c.gain, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {curves.length > LISTED && (
          <p className="py-1 text-xs text-muted">and {curves.length - LISTED} more, each worth less</p>
        )}
      </Scroll>
    </Panel>
  );
}
