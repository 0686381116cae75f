"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "../_trpc/client";
import type { RunRow } from "../_trpc/outputs";
import { useLive } from "./live";

const REFETCH_MS = 2_000;

/** Runs of a project (or of one sweep), kept current by live events. */
export function useRuns(
  team: string,
  project: string,
  sweepId?: string,
): { runs: RunRow[]; loading: boolean; error: string | null } {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.run.list.queryOptions({ team, project, sweepId });
  const query = useQuery(options);
  useLive((events) => {
    const relevant =
      events.length === 0 || events.some((e) => e.kind === "run" || e.kind === "job" || e.kind === "sweep");
    if (relevant) void client.invalidateQueries({ queryKey: options.queryKey });
  }, REFETCH_MS);
  return { runs: query.data ?? [], loading: query.isPending, error: query.error?.message ?? null };
}
