"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { TrainingCurve } from "../_charts/training-curves";
import { useTRPC, useTRPCClient } from "../_trpc/client";
import { useLive } from "./live";
import type { Outputs } from "./use-runs";

type Series = Outputs["run"]["series"];

/** Values of one metric for some runs; new points are appended live, without fetching the old ones again. */
export function useSeries(
  team: string,
  runIds: string[],
  metric: string,
): { series: Series; loading: boolean; error: string | null } {
  const trpc = useTRPC();
  const trpcClient = useTRPCClient();
  const client = useQueryClient();
  const options = trpc.run.series.queryOptions({ team, runIds, metric });
  const query = useQuery({ ...options, enabled: runIds.length > 0, staleTime: Number.POSITIVE_INFINITY });
  useLive(async (events) => {
    if (events.length === 0) return void client.invalidateQueries({ queryKey: options.queryKey });
    const changed = runIds.filter((id) => events.some((e) => e.kind === "metrics" && e.id === id));
    const known = client.getQueryData(options.queryKey);
    if (changed.length === 0 || !known) return;
    const afterStep = Math.min(...changed.map((id) => known.find((s) => s.runId === id)?.steps.at(-1) ?? -1));
    const fresh = await trpcClient.run.series.query({ team, runIds: changed, metric, afterStep });
    client.setQueryData(options.queryKey, (old: Series | undefined) =>
      old?.map((s) =>
        merged(
          s,
          fresh.find((f) => f.runId === s.runId),
        ),
      ),
    );
  });
  return {
    series: query.data ?? [],
    loading: query.isPending && runIds.length > 0,
    error: query.error?.message ?? null,
  };
}

function merged(old: Series[number], fresh: Series[number] | undefined): Series[number] {
  const last = old.steps.at(-1) ?? -1;
  const from = fresh?.steps.findIndex((s) => s > last) ?? -1;
  if (!fresh || from < 0) return old;
  return {
    runId: old.runId,
    steps: [...old.steps, ...fresh.steps.slice(from)],
    values: [...old.values, ...fresh.values.slice(from)],
    tokens: [...old.tokens, ...fresh.tokens.slice(from)],
    times: [...old.times, ...fresh.times.slice(from)],
  };
}

/** Series with the names and learning rates of their runs. */
export function curvesFrom(
  series: Series,
  runs: { id: string; name: string; peakLr: number | null }[],
): TrainingCurve[] {
  return series.flatMap((s) => {
    const run = runs.find((r) => r.id === s.runId);
    return run && s.steps.length > 0 ? [{ ...s, name: run.name, peakLr: run.peakLr }] : [];
  });
}
