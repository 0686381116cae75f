"use client";

import { useState } from "react";
import { TextField } from "@/app/_components/fields";
import { ErrorNote, Panel, Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { leastBudget, type Plan, type PlanOptions } from "@/lib/propose";
import { estimateSeconds, type SearchSpace } from "@/lib/sweep";
import { usePlan } from "./use-plan";

type Workers = Outputs["worker"]["list"];
interface Props {
  workers: Workers;
  /** Puts the axes of a plan into the form. */
  onFill: (space: SearchSpace) => void;
}

const FIELDS = [
  ["budget", "Budget in tokens to train"],
  ["tokens", "Tokens of the target"],
  ["batchSeqs", "Its batch (sequences of 64)"],
  ["params", "Its parameters (empty: any size)"],
] as const;
type Name = (typeof FIELDS)[number][0];

const USUAL: Record<Name, string> = { budget: "200M", tokens: "64Mi", batchSeqs: "128", params: "1M" };

/** Before the first run: which axes a budget should go into, and how sure the target's rate will then be. */
export function BudgetPlan({ workers, onFill }: Props) {
  const [text, setText] = useState(USUAL);
  const { state, start, cancel } = usePlan();
  const { options, errors } = readOptions(text);
  return (
    <Panel title="Plan for a budget" note="by simulation, with the presets' sizes and schedule">
      <form
        className="flex flex-wrap items-start gap-x-4 gap-y-3"
        onSubmit={(e) => {
          e.preventDefault();
          if (options) start(options);
        }}
      >
        {FIELDS.map(([key, name]) => (
          <TextField
            key={key}
            className="w-full sm:w-56"
            name={name}
            look="num w-full"
            spellCheck={false}
            value={text[key]}
            error={errors[key]}
            onChange={(value) => setText((before) => ({ ...before, [key]: value }))}
          />
        ))}
        {state.kind === "at work" ? (
          <button type="button" className="button sm:mt-5" onClick={cancel}>
            Cancel
          </button>
        ) : (
          <button type="submit" className="button sm:mt-5" disabled={!options}>
            Suggest axes
          </button>
        )}
      </form>
      {state.kind === "at work" && <Progress share={state.share} />}
      {state.kind === "failed" && (
        <div className="mt-3">
          <ErrorNote>{state.message}</ErrorNote>
        </div>
      )}
      {state.kind === "found" && <Plans plans={state.plans} options={state.options} {...{ workers, onFill }} />}
    </Panel>
  );
}

function Progress({ share }: { share: number }) {
  return (
    <p className="mt-3 flex items-center gap-3 text-[13px] text-muted" role="status">
      <progress className="w-40" value={share} aria-label="Made-up sweeps drawn and fitted" />
      <span className="num">drawing made-up sweeps and fitting them, {Math.round(100 * share)}%</span>
    </p>
  );
}

function Plans({ plans, options, workers, onFill }: Props & { plans: Plan[]; options: PlanOptions }) {
  const [best] = plans;
  if (!best)
    return (
      <p className="mt-3">
        {format.tokenCount(options.budgetTokens)} tokens pay for no grid: the least for this target costs{" "}
        {format.tokenCount(leastBudget(options.target))}.
      </p>
    );
  const { factor, regret, held, draws, lawless } = best.precision;
  return (
    <>
      <p className="mt-4" data-plan>
        With the first of these the target's rate should be known to a factor of{" "}
        <strong className="num">{format.significant(factor, 3)}</strong> each way (
        <Term name="95% interval">95% interval</Term>), and what is still unknown should cost{" "}
        <strong className="num">{format.significant(100 * regret, 2)}%</strong> of the loss (
        <Term name="regret">regret</Term>). In {held} of {draws} made-up sweeps the interval held the best rate.
        {lawless > 0 && ` In ${lawless} the rates were too far off for a law, and the guess stood.`}
      </p>
      <Scroll label="Plans" className="mt-3 overflow-x-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                <span className="sr-only">Use</span>
              </th>
              <th scope="col">Widths</th>
              <th scope="col">Batches</th>
              <th scope="col">Token counts</th>
              <th scope="col" className="right">
                Rates a batch
              </th>
              <th scope="col" className="right">
                Seeds
              </th>
              <th scope="col" className="right">
                Runs
              </th>
              <th scope="col" className="right">
                Tokens
              </th>
              <th scope="col" className="right">
                Time
              </th>
              <th scope="col" className="right">
                Factor
              </th>
              <th scope="col" className="right">
                Regret
              </th>
            </tr>
          </thead>
          <tbody>
            {plans.map((plan) => (
              <PlanRow key={JSON.stringify(plan.space)} {...{ plan, workers, onFill }} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <p className="mt-2 text-xs text-muted">
        The surfaces are made up like the quickstart's: optima scatter by 0.12 about the law in ln LR, and the guess on
        which the rates are centred is off by a factor of 2 either way.
      </p>
    </>
  );
}

function PlanRow({ plan, workers, onFill }: Props & { plan: Plan }) {
  const { space, precision } = plan;
  return (
    <tr>
      <td>
        <button type="button" className="link" onClick={() => onFill(space)}>
          fill in
        </button>
      </td>
      <td>{space.models.map((m) => m.width).join(", ")}</td>
      <td>{space.batches.map((b) => b.batchSeqs).join(", ")}</td>
      <td>{space.tokens.map((t) => format.tokenCount(t)).join(", ")}</td>
      <td className="right">{space.batches[0]!.learningRates.length}</td>
      <td className="right">{space.seeds.length}</td>
      <td className="right">{plan.runs}</td>
      <td className="right">{format.tokenCount(plan.costTokens)}</td>
      <td className="right">{timeOn(workers, space)}</td>
      <td className="right">{format.significant(precision.factor, 3)}</td>
      <td className="right">{format.significant(100 * precision.regret, 2)}%</td>
    </tr>
  );
}

function timeOn(workers: Workers, space: SearchSpace): string {
  const online = workers.filter((w) => w.online);
  if (!online[0]) return "no worker";
  const slots = online.reduce((n, w) => n + w.slots, 0);
  return format.duration(estimateSeconds(space, online[0].tokensPerS, slots));
}

function readOptions(text: Record<Name, string>) {
  const errors: Partial<Record<Name, string>> = {};
  const read = (name: Name): number | null => {
    if (name === "params" && text.params.trim() === "") return null;
    const value = format.readNumber(text[name]);
    if (value !== null && Number.isFinite(value) && value > 0) return value;
    errors[name] = text[name].trim() === "" ? "needs a number" : `"${text[name].trim()}" is not a number such as 10B`;
    return null;
  };
  const [budgetTokens, tokens, batchSeqs, params] = FIELDS.map(([name]) => read(name));
  const isRead = Object.keys(errors).length === 0;
  const options: PlanOptions | null = isRead
    ? { budgetTokens: budgetTokens!, target: { tokens: tokens!, batchSeqs: batchSeqs!, params: params ?? null } }
    : null;
  return { options, errors };
}
