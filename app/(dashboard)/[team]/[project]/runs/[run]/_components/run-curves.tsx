"use client";

import { useMemo } from "react";
import { CurvePanels } from "@/app/_components/curves/curve-panels";
import { Empty } from "@/app/_components/page";
import type { Outputs } from "@/app/_trpc/outputs";

type Run = Pick<Outputs["run"]["get"], "id" | "name" | "metrics" | "state">;

/** One chart a metric. */
export function RunCurves({ team, project, run }: { team: string; project: string; run: Run }) {
  const { id, name } = run;
  const runs = useMemo(() => [{ id, name }], [id, name]);
  const names = run.metrics.filter((m) => m.points > 0).map((m) => m.name);
  const joined = JSON.stringify(names);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the run is read anew every second, its metrics seldom change
  const metrics = useMemo(() => names, [joined]);
  if (metrics.length === 0) {
    return (
      <Empty title={run.state === "queued" ? "Not started yet" : "No points yet"}>
        Curves appear here while the run trains.
      </Empty>
    );
  }
  return <CurvePanels team={team} project={project} runs={runs} metrics={metrics} />;
}
