"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { colouringOf } from "@/app/_charts/run-lines/colours";
import type { RunLine } from "@/app/_charts/run-lines/lines";
import { LinkedCharts } from "@/app/_charts/run-lines/linked";
import { RunLines } from "@/app/_charts/run-lines/run-lines";
import { useChartTheme } from "@/app/_charts/theme";
import { useTRPC, useTRPCClient } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import { groupBand } from "@/lib/series";
import { useLive } from "../live";
import { columnName, valueTexts } from "../runs/columns";
import { useTyped } from "../runs/use-list";
import { CurveControls } from "./controls";
import { metricName } from "./metric-chart";
import { useBuckets } from "./use-buckets";
import { type CurveView, useCurveView } from "./view";

const PAGE = 1_000;
const MOST_RUNS = 10_000;
/** More lines than these cannot be told apart. */
const MOST_GROUPS = 24;
const MEMBERS_AGAIN_MS = 5_000;

interface Props {
  team: string;
  project: string;
  filter: string;
  /** Key that the runs are grouped by. */
  group: string;
  metric: string;
  leading: React.ReactNode;
}

/** One line a group: the mean of all its runs, with a band of one standard deviation over them. */
export function GroupCurves({ team, project, filter, group, metric, leading }: Props) {
  const [view, change] = useCurveView({ by: "run" });
  const members = useMembers(team, project, useTyped(filter), group);
  return (
    <section aria-label="Curves of groups">
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2 text-xs text-muted">
        {leading}
        <CurveControls view={view} change={change} keys={[]} many={false} />
      </div>
      <LinkedCharts>
        <GroupChart {...{ team, group, metric, view, change }} members={members} />
      </LinkedCharts>
    </section>
  );
}

interface Members {
  groups: Map<string, string[]>;
  runs: number;
  total: number;
}

function GroupChart({
  team,
  group,
  metric,
  view,
  change,
  members,
}: {
  team: string;
  group: string;
  metric: string;
  view: CurveView;
  change: (part: Partial<CurveView>) => void;
  members: ReturnType<typeof useMembers>;
}) {
  const theme = useChartTheme();
  const groups = members.data?.groups;
  const shown = useMemo(() => new Map([...(groups ?? [])].slice(0, MOST_GROUPS)), [groups]);
  const runIds = useMemo(() => [...shown.values()].flat(), [shown]);
  const { whole, loading, error } = useBuckets({ team, runIds, metric, x: view.x, logX: view.logX }, null, 0);
  const lines = useMemo((): RunLine[] => {
    if (!theme) return [];
    const colouring = colouringOf(new Map([...shown.keys()].map((k) => [k, k])), theme);
    const textOf = valueTexts(group, shown.keys());
    const byRun = new Map(whole.map((s) => [s.runId, s.buckets]));
    return [...shown].flatMap(([key, ids]) => {
      const buckets = groupBand(
        ids.flatMap((id) => byRun.get(id) ?? []),
        view.logX,
      );
      if (buckets.x.length === 0) return [];
      const n = buckets.count.reduce((a, b) => Math.max(a, b), 0);
      const name = `${columnName(group)} ${key === "none" ? key : textOf(key)}, n = ${n}`;
      return [{ runId: key, name, colour: colouring.of(key), buckets, smoothed: buckets.mean }];
    });
  }, [theme, shown, whole, view.logX, group]);
  const onZoom = useCallback((range: CurveView["range"]) => change({ range }), [change]);
  const drawn = whole.filter((s) => s.buckets.x.length > 0).length;
  const said = [
    `${format.counted(lines.length, "group")}${groups && groups.size > MOST_GROUPS ? ` of ${groups.size}` : ""}`,
    `mean and one standard deviation over ${format.counted(drawn, "run")} with points`,
    members.data && members.data.runs < members.data.total
      ? `the first ${members.data.runs.toLocaleString("en")} of ${members.data.total.toLocaleString("en")} runs`
      : "",
  ].filter(Boolean);
  return (
    <>
      <RunLines
        title={`${metricName(metric)} by ${columnName(group)}`}
        lines={lines}
        x={view.x}
        logX={view.logX}
        logY={view.logY}
        range={view.range}
        full={view.full}
        yName={metricName(metric)}
        formatY={formatValue}
        height={320}
        onZoom={onZoom}
        note={said.join(" · ")}
        message={
          error || members.error ? (
            <span role="alert" className="text-failed">
              {error ?? members.error?.message}
            </span>
          ) : loading || members.isPending ? (
            "Reading the curves of all members …"
          ) : lines.length === 0 ? (
            "No points yet."
          ) : null
        }
      />
      <ul className="mt-2 flex min-h-4 flex-wrap gap-x-4 gap-y-1 text-xs" aria-label="Groups">
        {lines.map((l) => (
          <li key={l.runId} className="flex items-center gap-1.5">
            <span className="h-0.5 w-4 shrink-0 rounded" style={{ background: l.colour }} aria-hidden />
            {l.name}
          </li>
        ))}
      </ul>
    </>
  );
}

const formatValue = (v: number, digits = 5) => format.significant(v, digits);

/** Every run that the filter lets through, by the value of the key, groups in the order of the table below. */
function useMembers(team: string, project: string, filter: string, group: string) {
  const api = useTRPCClient();
  const client = useQueryClient();
  const trpc = useTRPC();
  const queryKey = ["members", team, project, filter, group];
  const found = useQuery({
    queryKey,
    staleTime: MEMBERS_AGAIN_MS,
    retry: false,
    placeholderData: (old: Members | undefined) => old,
    queryFn: async (): Promise<Members> => {
      const order = await client.fetchQuery(
        trpc.run.groups.queryOptions({ team, query: { project, filter, by: [group] } }),
      );
      const groups = new Map<string, string[]>(order.map((g) => [g.keys[0] ?? "none", []]));
      let [runs, total] = [0, 0];
      for (let cursor: string | undefined; runs < MOST_RUNS; ) {
        const query = { project, filter, keys: [group], limit: PAGE, cursor };
        const page = await api.run.query.query({ team, query });
        for (const r of page.runs)
          groups.get(r.values[group] ?? "none")?.push(r.id) ?? groups.set(r.values[group] ?? "none", [r.id]);
        runs += page.runs.length;
        total = page.total;
        if (!page.next) break;
        cursor = page.next;
      }
      return { groups: new Map([...groups].filter(([, ids]) => ids.length > 0)), runs, total };
    },
  });
  useLive((events) => {
    if (events.length === 0 || events.some((e) => e.kind === "run" || e.kind === "deletion"))
      void client.invalidateQueries({ queryKey });
  }, MEMBERS_AGAIN_MS);
  return found;
}
