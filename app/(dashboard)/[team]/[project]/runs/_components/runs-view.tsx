"use client";

import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useEffect, useMemo, useState } from "react";
import { replaceParams } from "@/app/_components/curves/address";
import { CurvePanels } from "@/app/_components/curves/curve-panels";
import { GroupCurves } from "@/app/_components/curves/group-curves";
import { DeletionProgress } from "@/app/_components/delete-runs";
import { Code, Empty, PageHeader } from "@/app/_components/page";
import { FilterBar } from "@/app/_components/runs/filter-bar";
import { RunList } from "@/app/_components/runs/run-list";
import { type ListView, useFirstRuns, useListView, useRunPage } from "@/app/_components/runs/use-list";
import { SendRuns } from "@/app/_components/send-runs";
import { Term } from "@/app/_components/term";
import { WhereRunsComeFrom } from "@/app/_components/where-runs-come-from";
import { useTRPC } from "@/app/_trpc/client";

const EVERY = { filter: "", sort: "-created" };

export function RunsView({ team, project }: { team: string; project: string }) {
  const [view, change] = useListView();
  const page = useRunPage(team, project, undefined, view);
  const none = useFirstRuns(team, project, undefined, EVERY, 1).data?.total === 0;
  return (
    <>
      <PageHeader title="Runs">
        Every <Term name="run">run</Term> of the project, with its <Term name="dimension">dimensions</Term> (
        <Term name="peak LR">peak LR</Term>, <Term name="batch">batch</Term>, <Term name="tokens T">tokens</Term>,{" "}
        <Term name="params N">params</Term>) and <Term name="final loss">final loss</Term>. Choose two or more to
        compare.
      </PageHeader>
      <DeletionProgress team={team} />
      {none ? (
        <div className="space-y-4">
          <Empty title="No runs yet" action={<WhereRunsComeFrom base={`/${team}/${project}`} />}>
            Queue a sweep, or send runs of your own program to <Code>POST /api/v1/runs</Code> with an API key.
          </Empty>
          <SendRuns team={team} project={project} />
        </div>
      ) : (
        <div className="space-y-4">
          <FilterBar {...{ team, project, view, change, page }} />
          <Curves team={team} project={project} view={view} />
          <div className="panel p-4">
            <RunList {...{ team, project, view, change, page }} />
          </div>
        </div>
      )}
    </>
  );
}

const COUNTS = [0, 20, 100, 1_000];
const USUAL = 100;
const FIRST_METRICS = ["train/loss", "val/loss", "loss"];

/** Curves of the first runs that the list below lets through, in its order. */
function Curves({ team, project, view }: { team: string; project: string; view: ListView }) {
  const params = useSearchParams();
  const trpc = useTRPC();
  const [count, setCount] = useState(() => {
    const asked = Number(params.get("curves") ?? USUAL);
    return COUNTS.includes(asked) ? asked : USUAL;
  });
  const [chosen, setChosen] = useState(params.get("metric"));
  const metrics = useQuery(trpc.run.keys.queryOptions({ team, project })).data?.metrics;
  // Before the metrics are known the controls and the chart's frame stand where they will stand.
  const metric = chosen ?? FIRST_METRICS.find((m) => metrics?.includes(m)) ?? metrics?.[0] ?? FIRST_METRICS[0];
  const { data } = useFirstRuns(team, project, undefined, view, count);
  const ids = data?.runs.map((r) => r.id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is read anew every few seconds, its runs seldom change
  const runs = useMemo(() => (metrics && data?.runs.map(({ id, name }) => ({ id, name }))) ?? [], [ids, !metrics]);
  const shown = useMemo(() => (metric ? [metric] : []), [metric]);
  useEffect(() => replaceParams({ curves: count === USUAL ? null : String(count), metric: chosen }), [count, chosen]);
  if (metrics?.length === 0 || !metric) return null;
  const metricChoice = (
    <label className="flex min-w-0 items-center gap-1.5">
      Metric
      <select className="field h-7! w-40 text-xs" value={metric} onChange={(e) => setChosen(e.target.value)}>
        {metrics?.includes(metric) ? null : <option value={metric}>{metric}</option>}
        {metrics?.map((m) => (
          <option key={m} value={m}>
            {m}
          </option>
        ))}
      </select>
    </label>
  );
  if (view.group) {
    const { group, filter } = view;
    return <GroupCurves {...{ team, project, filter, group, metric }} leading={metricChoice} />;
  }
  return (
    <CurvePanels
      team={team}
      project={project}
      runs={runs}
      metrics={count > 0 ? shown : NO_METRICS}
      height={320}
      leading={
        <>
          <label className="flex items-center gap-1.5">
            Curves of the first
            <select className="field h-7! text-xs" value={count} onChange={(e) => setCount(Number(e.target.value))}>
              {COUNTS.map((n) => (
                <option key={n} value={n}>
                  {n === 0 ? "none" : n.toLocaleString("en")}
                </option>
              ))}
            </select>
          </label>
          {metricChoice}
        </>
      }
    />
  );
}

const NO_METRICS: string[] = [];
