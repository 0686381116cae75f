"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "@/server/api/root";
import { useTRPC } from "../_trpc/client";
import { useLive } from "./live";

export type Outputs = inferRouterOutputs<AppRouter>;
export type RunRow = Outputs["run"]["list"][number];

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
