"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useLive } from "@/app/_components/live";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { type LabTable, type RunPoint, readLabTable } from "@/lib/run";

const REFETCH_MS = 5_000;

export interface LabRuns {
  points: RunPoint[];
  /** The sweep a run belongs to, where it belongs to one. */
  sweepOf: ReadonlyMap<string, string>;
  loading: boolean;
  error: string | null;
}

/** The answer that comes with the page, so that the runs are on their way before its program is; null: it failed. */
export type FirstRuns = Promise<Outputs["fit"]["points"] | null>;

/** The project's finished runs for the science, kept current by live events. */
export function useLabRuns(team: string, project: string, first?: FirstRuns): LabRuns {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.fit.points.queryOptions({ team, project });
  const waits = useFirst(options.queryKey, first);
  const query = useQuery({ ...options, enabled: !waits });
  useLive((events) => {
    if (events.length === 0 || events.some((e) => e.kind === "run"))
      void client.invalidateQueries({ queryKey: options.queryKey });
  }, REFETCH_MS);
  const text = query.data?.text;
  const runs = useMemo(() => {
    if (text === undefined) return { points: [], sweepOf: new Map() };
    return readLabTable(JSON.parse(text) as LabTable);
  }, [text]);
  return { ...runs, loading: query.isPending, error: query.error?.message ?? null };
}

/** Puts the first answer into the cache unless a newer one is there. True while it is awaited. */
function useFirst(queryKey: readonly unknown[], first: FirstRuns | undefined): boolean {
  const client = useQueryClient();
  const [settled, setSettled] = useState<FirstRuns | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is a new array of the same words each time
  useEffect(() => {
    void first?.then((answer) => {
      if (answer && (client.getQueryState(queryKey)?.dataUpdatedAt ?? 0) < answer.at)
        client.setQueryData(queryKey, answer, { updatedAt: answer.at });
      setSettled(first);
    });
  }, [first]);
  return first !== undefined && settled !== first;
}
