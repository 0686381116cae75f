"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { curveTitles } from "@/app/_components/curve-titles";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import { nextLearningRates, type Optimum } from "@/lib/estimate";
import * as format from "@/lib/format";

/** Curves whose best learning rate lies on the edge of the grid, with the ones to try next. */
export function CensoredCurves({ team, sweepId, optima }: { team: string; sweepId: string; optima: Optimum[] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const add = useMutation(
    trpc.sweep.addLearningRates.mutationOptions({ onSuccess: () => void client.invalidateQueries() }),
  );
  // While a sweep runs most curves are short; only those with a full window are worth proposing.
  const most = Math.max(0, ...optima.map((o) => o.points.length));
  const censored = optima.filter((o) => o.status !== "ok" && o.points.length >= Math.min(most, 4));
  if (censored.length === 0) return null;
  const titleOf = curveTitles(optima);
  return (
    <Panel title="Curves without an interior optimum" note="left out of fits until more learning rates are tried">
      {add.error && <ErrorNote>{add.error.message}</ErrorNote>}
      <ul className="divide-y divide-line">
        {censored.map((o) => {
          const next = nextLearningRates(o);
          const like = o.points[0]?.runIds[0];
          return (
            <li key={o.key} className="flex flex-wrap items-center justify-between gap-3 py-2">
              <span>
                {titleOf(o)}:{" "}
                <span className="text-diverged">
                  <Term name={o.status}>{o.status}</Term>
                </span>
              </span>
              {next.length > 0 && like && (
                <span className="flex flex-wrap items-center gap-3">
                  <span className="num text-xs text-muted">
                    {format.counted(next.length, "run")}, {format.tokenCount(next.length * o.dims.tokens)} tokens in all
                  </span>
                  <button
                    type="button"
                    className="button"
                    disabled={add.isPending}
                    onClick={() => add.mutate({ team, add: { id: sweepId, likeRunId: like, learningRates: next } })}
                  >
                    Queue {next.map((v) => format.learningRate(v)).join(" and ")}
                  </button>
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
