"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTRPC } from "@/app/_trpc/client";
import type { FitSketch } from "@/lib/fit";
import { type SearchSpace, searchSpaceSchema } from "@/lib/sweep";

/** The sweep in which proposed runs are queued. */
export interface QueueIn {
  id: string;
  name: string;
  isStopped: boolean;
  space: SearchSpace;
}

/** The sweep that most runs of a fit belong to; none where they came from elsewhere. */
export function useQueue(
  team: string,
  result: FitSketch,
  sweepOf: ReadonlyMap<string, string>,
): { queue: QueueIn | null; waits: boolean; error: string | null } {
  const trpc = useTRPC();
  const id = useMemo(() => sweepBehind(result, sweepOf), [result, sweepOf]);
  const query = useQuery({ ...trpc.sweep.get.queryOptions({ team, id: id ?? "" }), enabled: id !== null });
  const queue = useMemo(() => {
    const space = searchSpaceSchema.safeParse(query.data?.space);
    if (!query.data || !space.success) return null;
    const { name, state } = query.data;
    return { id: query.data.id, name, isStopped: state === "canceled", space: space.data };
  }, [query.data]);
  return { queue, waits: id !== null && query.isPending, error: query.error?.message ?? null };
}

function sweepBehind({ optima }: FitSketch, sweepOf: ReadonlyMap<string, string>): string | null {
  const counts = new Map<string, number>();
  for (const { used, points } of optima)
    for (const id of used ? points.flatMap((p) => p.runIds) : []) {
      const sweep = sweepOf.get(id);
      if (sweep) counts.set(sweep, (counts.get(sweep) ?? 0) + 1);
    }
  return [...counts].sort(([, m], [, n]) => n - m)[0]?.[0] ?? null;
}
