"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { Confirm } from "@/app/_components/confirm";
import { ErrorNote } from "@/app/_components/page";
import { costInWords } from "@/app/_lab/cost-in-words";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import type { trainableRuns } from "@/lib/propose";
import type { QueueIn } from "./use-queue";

interface Props {
  team: string;
  project: string;
  queue: QueueIn;
  runs: ReturnType<typeof trainableRuns>;
  parametrization: "mup" | "standard";
}

/** As many as one call takes. */
const MOST_RUNS = 600;

/** What the proposed runs cost on the workers that are connected, and the button that queues them. */
export function QueueProposed({ team, project, queue, runs, parametrization }: Props) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const list = runs.slice(0, MOST_RUNS).map(({ model, batchSeqs, tokens, peakLr, seed }) => ({
    ...{ model, batchSeqs, tokens, peakLr, seed },
  }));
  const add = { id: queue.id, parametrization, runs: list };
  const cost = useQuery(trpc.sweep.proposedCost.queryOptions({ team, add }));
  const mutation = useMutation(
    trpc.sweep.queueProposed.mutationOptions({ onSuccess: () => void client.invalidateQueries() }),
  );
  const sweep = (
    <Link className="link" href={`/${team}/${project}/sweeps/${queue.id}`}>
      {queue.name}
    </Link>
  );
  const error = cost.error ?? mutation.error;
  const inWords = cost.data ? costInWords(cost.data) : "working out the cost…";
  return (
    <div className="mt-4 space-y-2">
      {error && <ErrorNote>{error.message}</ErrorNote>}
      {mutation.data && (
        <p role="status" className="text-[13px]">
          {format.counted(mutation.data.runs, "run")} queued in {sweep}. The list says what comes after them.
        </p>
      )}
      {queue.isStopped ? (
        <p className="text-[13px]">The sweep {sweep} was stopped and takes no more runs; queue it again first.</p>
      ) : cost.data?.runs === 0 ? (
        <p className="text-[13px]">
          All of these runs are there already, in {sweep}. What they find changes this list.
        </p>
      ) : (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Confirm
            tone="primary"
            label={`Queue ${format.counted(cost.data?.runs ?? list.length, "run")}`}
            title={`Queue ${format.counted(cost.data?.runs ?? list.length, "run")}?`}
            action="Queue them"
            disabled={!cost.data || mutation.isPending}
            onConfirm={() => mutation.mutate({ team, add })}
          >
            {inWords}, in the sweep “{queue.name}”, like its runs in all that the list does not say.
          </Confirm>
          <span className="num text-xs text-muted">{inWords}</span>
        </div>
      )}
    </div>
  );
}
