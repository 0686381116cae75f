"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ErrorNote, Fact, Panel, Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import { type BatchLaw, bestBatchAt, CRITICAL_OVERHEAD, criticalBatch, fitBatch, isBatchLaw } from "@/lib/batch";
import { groupBy } from "@/lib/estimate";
import type { FittedOptimum } from "@/lib/fit";
import * as format from "@/lib/format";
import { sizeName } from "@/lib/run";

/** The batch of the least loss, as a law and by size and length, and the batch beyond which steps are saved no more. */
export function BatchPanel({ team, optima }: { team: string; optima: readonly FittedOptimum[] }) {
  const fit = useMemo(() => fitBatch(optima), [optima]);
  return (
    <Panel title={<Term name="best batch">Best batch</Term>} note={isBatchLaw(fit) ? equationOf(fit) : undefined}>
      {isBatchLaw(fit) ? <Law fit={fit} /> : <p className="text-muted">{fit.reason}</p>}
      <Critical team={team} optima={optima} />
    </Panel>
  );
}

function equationOf({ beta, unit }: BatchLaw): string {
  return beta === null ? `one for all, in ${unit}` : `batch in ${unit} = c * T^${format.significant(beta, 2)}`;
}

const range = ({ low, high }: { low: number; high: number }) =>
  `${format.tokenCount(low)} to ${format.tokenCount(high)}`;

function Law({ fit }: { fit: BatchLaw }) {
  const lengths = [...new Set(fit.cells.map((cell) => cell.tokens))].sort((p, q) => p - q);
  const edges = fit.cells.filter((c) => c.status === "smallest tried" || c.status === "largest tried").length;
  return (
    <>
      <Scroll className="overflow-x-auto" label="Best batch by length">
        <table className="table text-xs! [&_td]:px-1! [&_td]:whitespace-normal! [&_th]:px-1! [&_th]:whitespace-normal!">
          <thead>
            <tr>
              <th scope="col">Tokens T</th>
              <th scope="col" className="right">
                Best ({fit.unit})
              </th>
              <th scope="col" className="right">
                95% of the law
              </th>
              <th scope="col" className="right">
                <Term name="plateau">within 0.25%</Term>
              </th>
            </tr>
          </thead>
          <tbody>
            {lengths.map((tokens) => {
              const at = bestBatchAt(fit, tokens);
              return (
                <tr key={tokens}>
                  <td className="num">{format.tokenCount(tokens)}</td>
                  <td className="right" title={String(at.best)}>
                    {format.tokenCount(at.best)}
                  </td>
                  <td className="right">{at.interval ? range(at.interval) : "without an end"}</td>
                  <td className="right">{range(at.near)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      {edges > 0 && (
        <p className="mt-2 text-xs text-muted">
          In {edges} of {format.counted(fit.cells.length, "size and length", "sizes and lengths")} the best batch is the
          smallest or largest tried; there the law rests on how losses bend elsewhere.
        </p>
      )}
    </>
  );
}

const METRICS = ["train/loss", "val/loss"];

/** Asked for with a button: the curves of the runs are read for it. */
function Critical({ team, optima }: { team: string; optima: readonly FittedOptimum[] }) {
  const trpc = useTRPC();
  const sizes = useMemo(() => bestRuns(optima), [optima]);
  const [sizeKey, setSize] = useState<string | null>(null);
  const [metric, setMetric] = useState(METRICS[0]!);
  const [asked, setAsked] = useState(false);
  const chosen = sizes.find((s) => s.sizeKey === sizeKey) ?? sizes.at(-1);
  const steps = useQuery({
    ...trpc.fit.stepsToLoss.queryOptions({ team, of: { runIds: chosen?.runs.map((r) => r.runId) ?? [], metric } }),
    enabled: asked && chosen !== undefined,
  });
  if (!chosen) return null;
  return (
    <div className="mt-4 border-t border-line pt-3">
      <h3 className="text-xs font-semibold">
        <Term name="critical batch">Critical batch</Term>
      </h3>
      <div className="mt-2 flex flex-wrap items-end gap-2">
        <select
          className="field w-auto!"
          aria-label="Size"
          value={chosen.sizeKey}
          onChange={(e) => setSize(e.target.value)}
        >
          {sizes.map((s) => (
            <option key={s.sizeKey} value={s.sizeKey}>
              {s.name}
            </option>
          ))}
        </select>
        <select
          className="field w-auto!"
          aria-label="Metric"
          value={metric}
          onChange={(e) => setMetric(e.target.value)}
        >
          {METRICS.map((m) => (
            <option key={m}>{m}</option>
          ))}
        </select>
        {!asked && (
          <button type="button" className="button" onClick={() => setAsked(true)}>
            Read the training curves
          </button>
        )}
      </div>
      {steps.error && <ErrorNote>{steps.error.message}</ErrorNote>}
      {asked && steps.isLoading && <p className="mt-2 text-muted">Reading…</p>}
      {asked && steps.data && <StepsTable runs={chosen.runs} answer={steps.data} metric={metric} />}
    </div>
  );
}

type BestRun = { runId: string; batchSeqs: number; lr: number };
type BestRuns = { sizeKey: string; name: string; runs: BestRun[] };

/** Of every size with three batches or more, at its longest runs, the run with the least loss of each batch. */
function bestRuns(optima: readonly FittedOptimum[]): BestRuns[] {
  return [...groupBy(optima, (o) => o.sizeKey)].flatMap(([sizeKey, ofSize]) => {
    const longest = Math.max(...ofSize.map((o) => o.dims.tokens));
    const best = new Map<number, BestRun & { loss: number }>();
    for (const o of ofSize) {
      const least = o.argmin;
      if (o.dims.tokens !== longest || !least || (best.get(o.dims.batchSeqs)?.loss ?? Infinity) <= least.loss) continue;
      const runId = o.points.find((p) => p.lr === least.lr)?.runIds[0];
      if (runId) best.set(o.dims.batchSeqs, { runId, batchSeqs: o.dims.batchSeqs, lr: least.lr, loss: least.loss });
    }
    const runs = [...best.values()].sort((p, q) => p.batchSeqs - q.batchSeqs);
    return runs.length < 3 ? [] : [{ sizeKey, name: sizeName(ofSize[0]!.dims), runs }];
  });
}

function StepsTable({
  runs,
  answer,
  metric,
}: {
  runs: readonly BestRun[];
  answer: { target: number | null; runs: { runId: string; points: number; steps: number | null }[] };
  metric: string;
}) {
  const rows = runs.map((run, i) => ({ ...run, steps: answer.runs[i]?.steps ?? null }));
  const seen = rows.flatMap(({ batchSeqs, steps }) => (steps !== null && steps > 0 ? [{ batchSeqs, steps }] : []));
  const law = criticalBatch(seen);
  if (answer.target === null)
    return <p className="mt-2 text-muted">These runs have no points of {metric}: they were imported without curves.</p>;
  const largest = runs.at(-1)!.batchSeqs;
  const overhead = format.percent(CRITICAL_OVERHEAD, 0);
  return (
    <>
      <dl className="mt-3 grid gap-3 sm:grid-cols-2">
        <Fact name={`Needs ${overhead} more tokens`}>
          {law ? `${format.significant(law.batchSeqs)} sequences` : "not seen: three batches must reach the loss"}
          {law && law.batchSeqs > largest && ", beyond those tried"}
        </Fact>
        <Fact name={`Steps to ${metric}`}>{format.loss(answer.target)}</Fact>
      </dl>
      <Scroll className="mt-2 overflow-x-auto" label="Steps to the loss">
        <table className="table text-xs! [&_td]:px-1! [&_th]:px-1!">
          <thead>
            <tr>
              <th scope="col" className="right">
                Batch
              </th>
              <th scope="col" className="right">
                Best LR
              </th>
              <th scope="col" className="right">
                Steps
              </th>
              <th scope="col" className="right">
                Sequences
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.runId}>
                <td className="right">{r.batchSeqs}</td>
                <td className="right">{format.learningRate(r.lr)}</td>
                <td className="right">{r.steps === null ? "not reached" : Math.round(r.steps)}</td>
                <td className="right">
                  {r.steps === null ? "-" : format.tokenCount(Math.round(r.steps * r.batchSeqs))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
