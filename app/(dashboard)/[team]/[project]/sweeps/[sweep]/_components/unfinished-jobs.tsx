"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useLive } from "@/app/_components/live";
import { ErrorNote, Panel } from "@/app/_components/page";
import { State } from "@/app/_components/state";
import { useTRPC } from "@/app/_trpc/client";

const SHOWN = 20;

/** What failed or was canceled, with its reason, and back into the queue by one click. */
export function UnfinishedJobs({ team, sweepId }: { team: string; sweepId: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.job.unfinished.queryOptions({ team, sweepId });
  const jobs = useQuery(options).data;
  useLive(() => void client.invalidateQueries({ queryKey: options.queryKey }), 2_000);
  const retry = useMutation(
    trpc.job.retry.mutationOptions({
      onSettled: () => {
        for (const queryKey of [options.queryKey, trpc.sweep.get.queryKey(), trpc.run.list.queryKey()])
          void client.invalidateQueries({ queryKey });
      },
    }),
  );
  if (!jobs || jobs.length === 0) return null;
  return (
    <Panel
      className="mb-4"
      title="Failed and canceled jobs"
      note="a job is a run, or the runs that share a trunk; queued again, it trains those without a result"
    >
      {retry.error && <ErrorNote>{retry.error.message}</ErrorNote>}
      <ul className="divide-y divide-line">
        {jobs.slice(0, SHOWN).map((job) => (
          <li key={job.id} className="flex flex-wrap items-center justify-between gap-3 py-2.5 first:pt-0 last:pb-0">
            <div className="min-w-0 flex-1">
              <p>
                <State state={job.state} /> {job.firstRun}
                {job.runs > 1 && <span className="text-muted"> and {job.runs - 1} more</span>}
              </p>
              {job.error && <p className="whitespace-pre-wrap break-words text-xs text-muted">{job.error}</p>}
            </div>
            <button
              type="button"
              className="button"
              disabled={retry.isPending}
              aria-label={`Queue ${job.firstRun} again`}
              onClick={() => retry.mutate({ team, id: job.id })}
            >
              Queue again
            </button>
          </li>
        ))}
      </ul>
      {jobs.length > SHOWN && (
        <p className="mt-2 text-xs text-muted">
          The newest {SHOWN} of {jobs.length === 200 ? "200 or more" : jobs.length}; <code>etalon job list</code> names
          them all.
        </p>
      )}
    </Panel>
  );
}
