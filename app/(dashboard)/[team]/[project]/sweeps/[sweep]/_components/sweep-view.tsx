"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { Confirm } from "@/app/_components/confirm";
import { useLive } from "@/app/_components/live";
import { ErrorNote, PageHeader, Panel, Skeleton } from "@/app/_components/page";
import { ProgressBar } from "@/app/_components/progress";
import { FilterBar } from "@/app/_components/runs/filter-bar";
import { RunList } from "@/app/_components/runs/run-list";
import { useListView, useRunPage } from "@/app/_components/runs/use-list";
import { State } from "@/app/_components/state";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import { useRuns } from "@/app/_components/use-runs";
import { Watch } from "@/app/_components/watch";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { curvesOf, optimumOf } from "@/lib/estimate";
import * as format from "@/lib/format";
import { runPointsOf } from "@/lib/run";
import { Additions } from "./additions";
import { CensoredCurves } from "./censored-curves";
import { CurveCharts } from "./curve-charts";
import { LiveCurves } from "./live-curves";
import { UnfinishedJobs } from "./unfinished-jobs";

export function SweepView({
  team,
  project,
  initial,
}: {
  team: string;
  project: string;
  initial: Outputs["sweep"]["get"];
}) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.sweep.get.queryOptions({ team, id: initial.id });
  const sweep = useQuery({ ...options, initialData: initial }).data;
  const { runs, loading, error } = useRuns(team, project, initial.id);
  useLive(() => void client.invalidateQueries({ queryKey: options.queryKey }), 2_000);
  const optima = useMemo(
    () => curvesOf(runPointsOf(runs), { loss: "held-out", seeds: "average" }).map((c) => optimumOf(c, "ew")),
    [runs],
  );
  const [view, change] = useListView();
  const list = { team, project, sweepId: sweep.id, view, change, page: useRunPage(team, project, sweep.id, view) };
  const base = `/${team}/${project}`;
  const complete = optima.filter((o) => o.status === "ok").length;
  return (
    <>
      <PageHeader
        title={
          <span className="flex flex-wrap items-baseline gap-3">
            {sweep.name}
            <span className="text-sm font-normal">
              <State state={sweep.state} />
            </span>
          </span>
        }
        actions={
          <>
            <Watch team={team} kind="sweep" id={sweep.id} />
            <Actions team={team} project={project} sweep={sweep} />
          </>
        }
      >
        {sweep.presetReason ??
          (sweep.state === "waiting"
            ? "Waiting for a worker: its measured speed decides how large this sweep is."
            : null)}
      </PageHeader>
      {sweep.state !== "finished" && sweep.state !== "canceled" && sweep.progress.onlineSlots === 0 && (
        <p role="status" className="panel mb-4 border-diverged px-4 py-2.5">
          No worker is running, so nothing trains.{" "}
          <Link className="link" href={`/${team}/workers`}>
            How to start one
          </Link>
        </p>
      )}
      <Panel className="mb-4">
        <ProgressBar progress={sweep.progress} state={sweep.state} />
        <p className="num mt-1 text-xs text-muted">
          {complete} of {optima.length} <Term name="curve">curves</Term> have an interior{" "}
          <Term name="optimum">optimum</Term> · queued <Time at={sweep.createdAt} />
          {sweep.finishedAt && (
            <>
              {" "}
              · ended <Time at={sweep.finishedAt} />
            </>
          )}{" "}
          ·{" "}
          <Link className="link" href={`${base}/fits`}>
            fit a law through them
          </Link>
        </p>
      </Panel>
      {sweep.progress.failed + sweep.progress.canceled > 0 && <UnfinishedJobs team={team} sweepId={sweep.id} />}
      {error && <ErrorNote>{error}</ErrorNote>}
      {loading ? (
        <Skeleton height={400} />
      ) : (
        <div className="space-y-4">
          <CurveCharts optima={optima} onSelect={(id) => window.location.assign(`${base}/runs/${id}`)} />
          <CensoredCurves team={team} sweepId={sweep.id} optima={optima} />
          <LiveCurves team={team} project={project} runs={runs} />
          {sweep.state === "finished" && <Additions team={team} project={project} />}
          <Panel title="Runs" note={`${format.counted(runs.length, "run")}; choose some to compare`}>
            <FilterBar {...list} />
            <RunList {...list} />
          </Panel>
        </div>
      )}
    </>
  );
}

function Actions({ team, project, sweep }: { team: string; project: string; sweep: Outputs["sweep"]["get"] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const set = useMutation(
    trpc.sweep.setState.mutationOptions({
      onSettled: () => void client.invalidateQueries({ queryKey: trpc.sweep.get.queryKey() }),
      onSuccess: () => router.refresh(),
    }),
  );
  const open = sweep.state === "running" || sweep.state === "paused" || sweep.state === "waiting";
  const again = `/${team}/${project}/sweeps/new?from=${sweep.id}`;
  return (
    <>
      {set.error && <ErrorNote>{set.error.message}</ErrorNote>}
      {sweep.state === "running" && (
        <button type="button" className="button" onClick={() => set.mutate({ team, id: sweep.id, to: "paused" })}>
          Pause
        </button>
      )}
      {sweep.state === "paused" && (
        <button
          type="button"
          className="button button-primary"
          onClick={() => set.mutate({ team, id: sweep.id, to: "running" })}
        >
          Resume
        </button>
      )}
      {open && (
        <Confirm
          label="Stop"
          title={`Stop “${sweep.name}”?`}
          action="Stop the sweep"
          onConfirm={() => set.mutate({ team, id: sweep.id, to: "canceled" })}
        >
          {sweep.progress.queued + sweep.progress.running} queued and running runs will be canceled. The{" "}
          {sweep.progress.finished} finished ones stay.
        </Confirm>
      )}
      {sweep.space !== null && (
        <Link className="button" href={again}>
          Queue again…
        </Link>
      )}
    </>
  );
}
