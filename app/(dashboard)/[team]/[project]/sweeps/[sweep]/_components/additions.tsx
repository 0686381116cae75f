"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import { costTokens, moeSpace, parametrizationSpace, type SearchSpace, sweepJobs } from "@/lib/sweep";

const ADDITIONS: { name: string; what: string; space: SearchSpace }[] = [
  {
    name: "muP against the standard parametrization",
    what: "Three widths at one batch. Under muP the best learning rate should stay; under the standard one it slides with width.",
    space: parametrizationSpace(),
  },
  {
    name: "Mixture of experts",
    what: "Four experts, two a token, as many active parameters as the small dense model: the same law, a shifted one, or another slope?",
    space: moeSpace(),
  },
];

/** Two sweeps that answer the next questions, queued by one click each. */
export function Additions({ team, project }: { team: string; project: string }) {
  const trpc = useTRPC();
  const router = useRouter();
  const create = useMutation(
    trpc.sweep.create.mutationOptions({ onSuccess: ({ id }) => router.push(`/${team}/${project}/sweeps/${id}`) }),
  );
  return (
    <Panel title="What next" note="each is a sweep of its own; runs that the project has are not trained again">
      {create.error && <ErrorNote>{create.error.message}</ErrorNote>}
      <ul className="divide-y divide-line">
        {ADDITIONS.map(({ name, what, space }) => (
          <li
            key={name}
            className="flex flex-wrap items-center justify-between gap-3 py-2.5 first:pt-0 last:pb-0 md:flex-nowrap"
          >
            <p>
              <span className="font-medium">{name}.</span> <span className="text-muted">{what}</span>
            </p>
            <button
              type="button"
              className="button"
              disabled={create.isPending}
              onClick={() => create.mutate({ team, sweep: { project, name, space, reuse: true } })}
            >
              {queueLabel(space)}
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function queueLabel(space: SearchSpace): string {
  const jobs = sweepJobs(space);
  const runs = jobs.reduce((n, j) => n + j.runs.length, 0);
  return `Queue ${runs} runs (${format.tokenCount(Math.round(jobs.reduce((n, j) => n + costTokens(j.runs), 0) / 1e5) * 1e5)} tok)`;
}
