"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLive } from "@/app/_components/live";
import type { Outputs } from "@/app/_components/use-runs";
import { useTRPC } from "@/app/_trpc/client";
import { type RunPoint, runPointsOf } from "@/lib/estimate";

const REFETCH_MS = 5_000;

export interface LabRuns {
  points: RunPoint[];
  /** The sweep a run belongs to, where it belongs to one. */
  sweepOf: ReadonlyMap<string, string>;
  loading: boolean;
  error: string | null;
}

/** The project's finished runs for the science, kept current by live events. */
export function useLabRuns(team: string, project: string): LabRuns {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.fit.points.queryOptions({ team, project });
  const query = useQuery(options);
  useLive((events) => {
    if (events.length === 0 || events.some((e) => e.kind === "run"))
      void client.invalidateQueries({ queryKey: options.queryKey });
  }, REFETCH_MS);
  const columns = query.data;
  const runs = useMemo(() => (columns ? readColumns(columns) : { points: [], sweepOf: new Map() }), [columns]);
  return { ...runs, loading: query.isPending, error: query.error?.message ?? null };
}

function readColumns({ count, ...columns }: Outputs["fit"]["points"]): Pick<LabRuns, "points" | "sweepOf"> {
  const names = Object.keys(columns) as (keyof typeof columns)[];
  const rows = Array.from(
    { length: count },
    (_, i) =>
      Object.fromEntries(names.map((name) => [name, columns[name][i]])) as unknown as Parameters<
        typeof runPointsOf
      >[0][number] & { sweepId: string | null },
  );
  return {
    points: runPointsOf(rows),
    sweepOf: new Map(rows.flatMap((r) => (r.sweepId ? [[r.id, r.sweepId] as const] : []))),
  };
}
