"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLive } from "@/app/_components/live";
import { useTRPC } from "@/app/_trpc/client";
import type { RunPoint } from "@/lib/run";

const REFETCH_MS = 5_000;

/** The project's queued and running runs, kept current by live events; null until they are known. */
export function useOpenRuns(team: string, project: string): { open: RunPoint[] | null; error: string | null } {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.fit.unfinished.queryOptions({ team, project, open: true });
  const query = useQuery(options);
  useLive((events) => {
    if (events.length === 0 || events.some((e) => e.kind === "run"))
      void client.invalidateQueries({ queryKey: options.queryKey });
  }, REFETCH_MS);
  return { open: query.data ?? null, error: query.error?.message ?? null };
}
