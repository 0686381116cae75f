"use client";

import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { Legend, useColouring } from "@/app/_components/curves/colouring";
import { MetricChart } from "@/app/_components/curves/metric-chart";
import { useCurveView } from "@/app/_components/curves/view";
import type { RunRow } from "@/app/_trpc/outputs";

const SHOWN = 12;

/** Training loss of what runs now (the longest run of each trunk), or of the last that ended. */
export function LiveCurves({ team, project, runs }: { team: string; project: string; runs: RunRow[] }) {
  const router = useRouter();
  const shown = useMemo(() => {
    const running = runs.filter((r) => r.state === "running");
    const pool =
      running.length > 0
        ? running
        : runs
            .filter((r) => r.finishedAt)
            .sort((p, q) => +q.finishedAt! - +p.finishedAt!)
            .slice(0, 24);
    const longest = new Map<string, RunRow>();
    for (const r of pool) {
      const key = r.jobId ?? r.id;
      if ((longest.get(key)?.tokens ?? -1) < (r.tokens ?? 0)) longest.set(key, r);
    }
    return { live: running.length > 0, runs: [...longest.values()].slice(0, SHOWN) };
  }, [runs]);
  const [view, change] = useCurveView({ by: "peakLr" });
  const coloured = useColouring(team, shown.runs, view.by);
  if (shown.runs.length === 0) return null;
  return (
    <div className="min-w-0">
      <MetricChart
        team={team}
        runs={shown.runs}
        metric="train/loss"
        view={view}
        change={change}
        coloured={coloured}
        title={shown.live ? "Training now" : "Trained last"}
        note="one line a trunk, loss is the mean since the point before"
        height={300}
        onSelect={(runId) => router.push(`/${team}/${project}/runs/${runId}`)}
      />
      {coloured && (
        <div className="mt-2">
          <Legend coloured={coloured} by={view.by} runs={shown.runs.length} />
        </div>
      )}
    </div>
  );
}
