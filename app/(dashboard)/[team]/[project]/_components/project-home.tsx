"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { DeleteRuns } from "@/app/_components/delete-runs";
import { useLive } from "@/app/_components/live";
import { Empty, PageHeader } from "@/app/_components/page";
import { SendRuns } from "@/app/_components/send-runs";
import { Watch } from "@/app/_components/watch";
import { WhereRunsComeFrom } from "@/app/_components/where-runs-come-from";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { AccessPanel } from "./access-panel";
import { FitsPanel } from "./fits-panel";
import { Question } from "./question";
import { RecommendationPanel } from "./recommendation-panel";
import { RunsPanel } from "./runs-panel";
import { SweepsPanel } from "./sweeps-panel";
import { WorkersPanel } from "./workers-panel";

interface Initial {
  sweeps: Outputs["sweep"]["list"];
  /** By state. */
  runs: Outputs["run"]["groups"];
  fits: Outputs["fit"]["list"];
  recommendations: Outputs["recommendation"]["list"];
  workers: Outputs["worker"]["list"];
  access: Outputs["project"]["access"];
}

interface Props {
  team: string;
  project: Outputs["project"]["get"];
  initial: Initial;
}

export function ProjectHome({ team, project, initial }: Props) {
  const { sweeps, runs, workers } = useWork(team, project.slug, initial);
  const router = useRouter();
  const base = `/${team}/${project.slug}`;
  const online = workers.filter((w) => w.online);
  return (
    <>
      <PageHeader
        title={project.name}
        actions={
          <>
            <Watch team={team} kind="project" id={project.id} />
            <Link className="button" href={`${base}/fits`}>
              Open the lab
            </Link>
            <Link className="button button-primary" href={`${base}/sweeps/new`}>
              New sweep
            </Link>
          </>
        }
      >
        <Question team={team} project={project} />
      </PageHeader>
      {online.length === 0 && sweeps.some((s) => s.state === "running" || s.state === "waiting") && (
        <p role="status" className="panel mb-4 border-diverged px-4 py-2.5">
          No worker is running, so nothing trains.{" "}
          <Link className="link" href={`/${team}/workers`}>
            How to start one
          </Link>
        </p>
      )}
      <div className="grid gap-4 lg:grid-cols-[2fr_1fr]">
        <div className="min-w-0 space-y-4">
          <SweepsPanel base={base} sweeps={sweeps} />
          <RunsPanel base={base} groups={runs} />
          <FitsPanel base={base} fits={initial.fits} />
        </div>
        <div className="min-w-0 space-y-4">
          <RecommendationPanel base={base} recommendations={initial.recommendations} />
          <WorkersPanel team={team} online={online} />
          <AccessPanel team={team} project={project.slug} initial={initial.access} />
        </div>
      </div>
      {sweeps.length === 0 && runs.length === 0 && (
        <div className="mt-4 space-y-4">
          <Empty title="Begin with a sweep" action={<WhereRunsComeFrom base={base} />}>
            A sweep trains a small model at many learning rates, batches and token counts. Results of other programs can
            be imported or sent.
          </Empty>
          <SendRuns team={team} project={project.slug} />
        </div>
      )}
      <section className="mt-8 flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4 text-xs text-muted">
        <p>Owners of the team can delete the project with all its runs, points, fits and recommendations.</p>
        <DeleteRuns
          team={team}
          project={project.slug}
          label="Delete project"
          onStarted={() => router.push(`/${team}`)}
        />
      </section>
    </>
  );
}

/** What goes on in the project, kept fresh. */
function useWork(team: string, project: string, initial: Initial) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const sweepOptions = trpc.sweep.list.queryOptions({ team, project });
  const runOptions = trpc.run.groups.queryOptions({ team, query: { project, by: ["state"] } });
  const workerOptions = trpc.worker.list.queryOptions({ team });
  useLive((events) => {
    void client.invalidateQueries({ queryKey: sweepOptions.queryKey });
    void client.invalidateQueries({ queryKey: runOptions.queryKey });
    if (events.length === 0 || events.some((e) => e.kind === "worker"))
      void client.invalidateQueries({ queryKey: workerOptions.queryKey });
  }, 2_000);
  return {
    sweeps: useQuery({ ...sweepOptions, initialData: initial.sweeps }).data,
    runs: useQuery({ ...runOptions, initialData: initial.runs }).data,
    workers: useQuery({ ...workerOptions, initialData: initial.workers }).data,
  };
}
