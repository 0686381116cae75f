"use client";

import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { LinkedCharts } from "@/app/_charts/run-lines/linked";
import { useTRPC } from "@/app/_trpc/client";
import { type CurveRun, Legend, useColouring } from "./colouring";
import { CurveControls } from "./controls";
import { MetricChart } from "./metric-chart";
import { useCurveView } from "./view";

/** The metrics that are looked at first, in this order. */
const FIRST = ["train/loss", "train/lr", "train/grad_norm", "val/loss", "perf/tokens_per_s"];
const SHOWN_AT_FIRST = 8;
const OWN_COLOURS = 6;

interface Props {
  team: string;
  project: string;
  runs: readonly CurveRun[];
  metrics: readonly string[];
  height?: number;
  /** Controls before the others. */
  leading?: ReactNode;
}

/** One chart a metric on a common horizontal axis, with one cursor over all of them. */
export function CurvePanels({ team, project, runs, metrics, height, leading }: Props) {
  const router = useRouter();
  const trpc = useTRPC();
  // None are known yet: what is for many is shown, for there will mostly be many.
  const many = runs.length !== 1;
  const [view, change] = useCurveView({ by: runs.length <= OWN_COLOURS ? "run" : "peakLr" });
  const coloured = useColouring(team, runs, view.by);
  const keys = useQuery({ ...trpc.run.keys.queryOptions({ team, project }), enabled: many }).data?.config ?? [];
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  const ordered = useMemo(
    () => [...FIRST.filter((m) => metrics.includes(m)), ...metrics.filter((m) => !FIRST.includes(m))],
    [metrics],
  );
  const found = ordered.filter((m) => m.toLowerCase().includes(search.toLowerCase()));
  const open = useCallback(
    (runId: string) => {
      if (many) router.push(`/${team}/${project}/runs/${runId}`);
    },
    [router, team, project, many],
  );
  return (
    <section aria-label="Curves">
      <div className="mb-3 flex flex-col gap-2">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-xs text-muted">
          {leading}
          {metrics.length > 0 && <CurveControls view={view} change={change} keys={keys} many={many} />}
          {ordered.length > SHOWN_AT_FIRST && (
            <input
              type="search"
              className="field h-7! w-44 text-xs"
              placeholder={`Search ${ordered.length} metrics`}
              aria-label="Search metrics"
              value={search}
              onChange={(e) => setSearch(e.target.value)}
            />
          )}
        </div>
        {many && metrics.length > 0 && (
          <div className="min-h-4">{coloured && <Legend coloured={coloured} by={view.by} runs={runs.length} />}</div>
        )}
      </div>
      <LinkedCharts>
        <div className={`grid gap-4 ${metrics.length > 1 ? "xl:grid-cols-2" : ""}`}>
          {found.slice(0, shown).map((metric) => (
            <MetricChart
              key={metric}
              team={team}
              runs={runs}
              metric={metric}
              view={view}
              change={change}
              coloured={coloured}
              height={height}
              onSelect={open}
            />
          ))}
        </div>
      </LinkedCharts>
      {found.length === 0 && search && <p className="text-muted">No metric has “{search}” in its name.</p>}
      {found.length > shown && (
        <button type="button" className="button mt-3" onClick={() => setShown((n) => n + SHOWN_AT_FIRST)}>
          Show more ({found.length - shown} left)
        </button>
      )}
    </section>
  );
}
