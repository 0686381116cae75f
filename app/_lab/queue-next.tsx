"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ErrorNote } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import { nextLearningRates } from "@/lib/estimate";
import type { FittedOptimum } from "@/lib/fit";
import * as format from "@/lib/format";
import { costInWords } from "./cost-in-words";

/**
 * The learning rates that would bracket a curve's optimum, what they cost, and a button that adds them to its sweep.
 */
export function QueueNext({
  team,
  chosen,
  sweepOf,
}: {
  team: string;
  chosen: FittedOptimum;
  sweepOf: ReadonlyMap<string, string>;
}) {
  const next = nextLearningRates(chosen);
  const like = chosen.points.flatMap((p) => p.runIds).find((id) => sweepOf.has(id));
  if (next.length === 0) return null;
  if (!like) {
    return (
      <p className="mt-3 text-[13px]">
        To bracket the optimum, run it at {next.map((v) => format.learningRate(v)).join(" and ")}, then import again.
      </p>
    );
  }
  return <QueueButton team={team} add={{ id: sweepOf.get(like)!, likeRunId: like, learningRates: next }} />;
}

function QueueButton({ team, add }: { team: string; add: { id: string; likeRunId: string; learningRates: number[] } }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const cost = useQuery(trpc.sweep.additionCost.queryOptions({ team, add }));
  const queue = useMutation(
    trpc.sweep.addLearningRates.mutationOptions({ onSuccess: () => void client.invalidateQueries() }),
  );
  const rates = (list: readonly number[]) => list.map((v) => format.learningRate(v)).join(" and ");
  if (cost.data?.runs === 0) {
    return <p className="mt-3 text-[13px] text-muted">The sweep has {rates(add.learningRates)} queued already.</p>;
  }
  return (
    <div className="mt-3">
      {queue.error && <ErrorNote>{queue.error.message}</ErrorNote>}
      <button
        type="button"
        className="button"
        disabled={!cost.data || queue.isPending}
        onClick={() => queue.mutate({ team, add })}
      >
        Queue LR {rates(cost.data?.learningRates ?? add.learningRates)}
      </button>
      <span className="num ml-3 text-xs text-muted">
        {cost.data ? costInWords(cost.data) : "working out the cost…"}
      </span>
    </div>
  );
}
