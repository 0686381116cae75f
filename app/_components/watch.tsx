"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTRPC } from "@/app/_trpc/client";
import type { SubjectKind } from "@/lib/notification";

const HOLDS: Record<SubjectKind, string> = {
  project: "what happens to it, its sweeps, runs and recommendations",
  sweep: "what happens to it and to its runs",
  run: "what happens to it",
  recommendation: "what happens to it",
};

/** Whoever watches is told what happens, in the bell and by mail; how many do stands beside it. */
export function Watch({ team, kind, id }: { team: string; kind: SubjectKind; id: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.watch.get.queryOptions({ team, what: { kind, id } });
  const { data } = useQuery(options);
  const set = useMutation(
    trpc.watch.set.mutationOptions({ onSuccess: (known) => client.setQueryData(options.queryKey, known) }),
  );
  useSeen({ team, id, isSeen: kind === "recommendation" && data?.watching === true });
  const watching = data?.watching ?? false;
  const watchers = data?.watchers ?? 0;
  return (
    <button
      type="button"
      className="button"
      aria-pressed={watching}
      disabled={!data || set.isPending}
      title={set.error?.message ?? `${watchers} watching. Whoever watches is told ${HOLDS[kind]}.`}
      onClick={() => set.mutate({ team, what: { kind, id, watching: !watching } })}
    >
      {watching ? "Watching" : "Watch"} {watchers > 0 ? watchers : ""}
    </button>
  );
}

/** Whoever watches a recommendation and opens it has seen what changed. */
function useSeen({ team, id, isSeen }: { team: string; id: string; isSeen: boolean }): void {
  const { mutate } = useMutation(useTRPC().watch.set.mutationOptions());
  useEffect(() => {
    if (isSeen) mutate({ team, what: { kind: "recommendation", id, watching: true } });
  }, [team, id, isSeen, mutate]);
}
