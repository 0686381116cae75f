"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { DeleteRuns } from "@/app/_components/delete-runs";
import { useLive } from "@/app/_components/live";
import { Empty, ErrorNote, PageHeader, Panel } from "@/app/_components/page";
import { ProgressBar } from "@/app/_components/progress";
import { SendRuns } from "@/app/_components/send-runs";
import { State } from "@/app/_components/state";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import { WhereRunsComeFrom } from "@/app/_components/where-runs-come-from";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";

interface Initial {
  sweeps: Outputs["sweep"]["list"];
  /** By state. */
  runs: Outputs["run"]["groups"];
  fits: Outputs["fit"]["list"];
  recommendations: Outputs["recommendation"]["list"];
  workers: Outputs["worker"]["list"];
}

export function ProjectHome({
  team,
  project,
  initial,
}: {
  team: string;
  project: Outputs["project"]["get"];
  initial: Initial;
}) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const sweepOptions = trpc.sweep.list.queryOptions({ team, project: project.slug });
  const runOptions = trpc.run.groups.queryOptions({ team, query: { project: project.slug, by: ["state"] } });
  const workerOptions = trpc.worker.list.queryOptions({ team });
  const sweeps = useQuery({ ...sweepOptions, initialData: initial.sweeps }).data;
  const runs = useQuery({ ...runOptions, initialData: initial.runs }).data;
  const workers = useQuery({ ...workerOptions, initialData: initial.workers }).data;
  useLive((events) => {
    void client.invalidateQueries({ queryKey: sweepOptions.queryKey });
    void client.invalidateQueries({ queryKey: runOptions.queryKey });
    if (events.length === 0 || events.some((e) => e.kind === "worker"))
      void client.invalidateQueries({ queryKey: workerOptions.queryKey });
  }, 2_000);
  const router = useRouter();
  const base = `/${team}/${project.slug}`;
  const published = initial.recommendations.find((r) => r.state === "published");
  const online = workers.filter((w) => w.online);
  return (
    <>
      <PageHeader
        title={project.name}
        actions={
          <>
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
          <Panel
            title={<Term name="sweep">Sweeps</Term>}
            actions={
              <Link className="link text-xs" href={`${base}/sweeps`}>
                all
              </Link>
            }
          >
            {sweeps.length === 0 ? (
              <p className="text-muted">
                No sweep yet. A sweep trains one small model at many learning rates, batches and token counts.
              </p>
            ) : (
              <ul className="divide-y divide-line">
                {sweeps.slice(0, 6).map((s) => (
                  <li key={s.id} className="py-3 first:pt-0 last:pb-0">
                    <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
                      <Link className="link font-medium" href={`${base}/sweeps/${s.id}`}>
                        {s.name}
                      </Link>
                      <State state={s.state} />
                    </div>
                    <ProgressBar progress={s.progress} state={s.state} />
                  </li>
                ))}
              </ul>
            )}
          </Panel>
          <Runs base={base} groups={runs} />
          <Panel
            title={<Term name="fit">Saved fits</Term>}
            actions={
              <Link className="link text-xs" href={`${base}/fits`}>
                lab
              </Link>
            }
          >
            {initial.fits.length === 0 ? (
              <p className="text-muted">
                No fit saved yet. The{" "}
                <Link className="link" href={`${base}/fits`}>
                  lab
                </Link>{" "}
                fits a <Term name="law">law</Term> through the <Term name="optimum">optima</Term> of finished{" "}
                <Term name="curve">curves</Term> as they come.
              </p>
            ) : (
              <ul className="space-y-2">
                {initial.fits.slice(0, 6).map((f) => (
                  <li key={f.id} className="flex flex-wrap justify-between gap-2">
                    <Link className="link" href={`${base}/fits/${f.id}`}>
                      {f.name}
                    </Link>
                    <span className="text-xs text-muted">
                      {format.counted(f.runs, "run")} · <Time at={f.createdAt} />
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </Panel>
        </div>
        <div className="min-w-0 space-y-4">
          <Panel title={<Term name="recommendation">Current recommendation</Term>}>
            {published ? (
              <Link href={`${base}/recommendations/${published.id}`} className="block">
                <p className="text-xs text-muted">{published.title}</p>
                <p className="num mt-1 text-3xl font-semibold tracking-tight">{format.learningRate(published.lr)}</p>
                <p className="mt-1 text-xs text-muted">
                  peak learning rate, published <Time at={published.publishedAt} />
                </p>
              </Link>
            ) : (
              <p className="text-muted">
                None published yet. Save a fit in the lab, then make a recommendation from it.
              </p>
            )}
          </Panel>
          <Panel title={<Term name="worker">Workers</Term>}>
            {online.length === 0 ? (
              <p className="text-muted">
                None online.{" "}
                <Link className="link" href={`/${team}/workers`}>
                  Start one
                </Link>
              </p>
            ) : (
              <ul className="space-y-1">
                {online.map((w) => (
                  <li key={w.id} className="flex justify-between gap-2">
                    <span>{w.name}</span>
                    <span className="text-xs text-muted">
                      {Math.min(w.current.length, w.slots)} of {w.slots} slots busy
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </Panel>
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

/** How many runs there are, by state. */
function Runs({ base, groups }: { base: string; groups: Outputs["run"]["groups"] }) {
  const total = groups.reduce((sum, g) => sum + g.runs, 0);
  return (
    <Panel
      title={<Term name="run">Runs</Term>}
      actions={
        <Link className="link text-xs" href={`${base}/runs`}>
          all
        </Link>
      }
    >
      {total === 0 ? (
        <p className="text-muted">No run yet.</p>
      ) : (
        <p className="flex flex-wrap gap-x-5 gap-y-1">
          <span className="num font-medium">{format.counted(total, "run")}</span>
          {groups.map((g) => (
            <span key={g.keys[0]} className="flex items-baseline gap-1.5">
              <span className="num">{g.runs}</span>
              <State state={g.keys[0] as Parameters<typeof State>[0]["state"]} />
            </span>
          ))}
        </p>
      )}
    </Panel>
  );
}

function Question({ team, project }: { team: string; project: Outputs["project"]["get"] }) {
  const [text, setText] = useState(project.question);
  const [editing, setEditing] = useState(false);
  const trpc = useTRPC();
  const update = useMutation(trpc.project.update.mutationOptions({ onSuccess: () => setEditing(false) }));
  if (!editing) {
    return (
      <button
        type="button"
        className="text-left hover:text-text"
        title="Edit the question"
        onClick={() => setEditing(true)}
      >
        {text || "Write down what this project asks."} <span className="text-xs underline">edit</span>
      </button>
    );
  }
  return (
    <form
      className="flex flex-wrap gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        update.mutate({ team, project: { slug: project.slug, question: text } });
      }}
    >
      <input
        aria-label="What the project asks"
        className="field w-[min(80vw,640px)]"
        value={text}
        maxLength={500}
        onChange={(e) => setText(e.target.value)}
      />
      <button type="submit" className="button" disabled={update.isPending}>
        Save
      </button>
      {update.error && <ErrorNote>{update.error.message}</ErrorNote>}
    </form>
  );
}
