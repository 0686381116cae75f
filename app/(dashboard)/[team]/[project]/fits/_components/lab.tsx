"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useDeferredValue, useMemo, useState } from "react";
import { Empty, ErrorNote, PageHeader, Panel, Skeleton } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { type Outputs, useRuns } from "@/app/_components/use-runs";
import { useTRPC } from "@/app/_trpc/client";
import { runPointsOf } from "@/lib/estimate";
import { type FitResult, fitLaw } from "@/lib/fit";
import { FitInputs } from "./fit-inputs";
import { FitResultPanels, SideBySide } from "./fit-result";
import { useFitSettings } from "./use-settings";

/** Interactive fitting on the project's finished runs; everything is computed in the browser and refits at once. */
export function Lab({ team, project, fits }: { team: string; project: string; fits: Outputs["fit"]["list"] }) {
  const { runs, loading, error } = useRuns(team, project);
  const points = useMemo(() => runPointsOf(runs), [runs]);
  const [settings, change] = useFitSettings();
  const excluded = useMemo(() => new Set(settings.excludedCurves), [settings.excludedCurves]);
  const result = useMemo(() => fitLaw(points, settings), [points, settings]);
  const toggle = (key: string) =>
    change({
      excludedCurves: excluded.has(key)
        ? settings.excludedCurves.filter((k) => k !== key)
        : [...settings.excludedCurves, key].sort(),
    });
  return (
    <>
      <PageHeader title="Lab" actions={<SaveFit team={team} project={project} result={result} />}>
        A law through the best learning rates of the finished curves. Click a point to take its curve out or in; the
        address holds the view.
      </PageHeader>
      {error && <ErrorNote>{error}</ErrorNote>}
      {loading ? (
        <Skeleton height={520} />
      ) : result.optima.length === 0 ? (
        <Empty
          title="No curves yet"
          action={
            <Link className="button button-primary" href={`/${team}/${project}/sweeps`}>
              To the sweeps
            </Link>
          }
        >
          A curve is a set of finished runs that differ only in peak learning rate. Queue a sweep, or watch the running
          one.
        </Empty>
      ) : (
        <div className="grid gap-4 xl:grid-cols-[230px_minmax(0,1fr)]">
          <FitInputs settings={settings} change={change} result={result} />
          <div className="min-w-0 space-y-4">
            <SideBySide points={points} settings={settings} excluded={excluded} onToggle={toggle} />
            <Bootstrapped points={points} result={result} />
          </div>
        </div>
      )}
      <SavedFits team={team} project={project} fits={fits} />
    </>
  );
}

const SHOWN_RESAMPLES = 400;

/** Numbers appear at once; their bootstrap intervals follow when the browser has time. */
function Bootstrapped({ points, result }: { points: ReturnType<typeof runPointsOf>; result: FitResult }) {
  const deferred = useDeferredValue(result, null);
  const full = useMemo(
    () => (deferred?.fit ? fitLaw(points, { ...deferred.settings, bootstrap: SHOWN_RESAMPLES }) : null),
    [points, deferred],
  );
  const current = full && deferred === result ? full : result;
  return <FitResultPanels result={current} />;
}

function SaveFit({ team, project, result }: { team: string; project: string; result: FitResult }) {
  const [name, setName] = useState("");
  const trpc = useTRPC();
  const router = useRouter();
  const save = useMutation(
    trpc.fit.save.mutationOptions({ onSuccess: ({ id }) => router.push(`/${team}/${project}/fits/${id}`) }),
  );
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate({
          team,
          fit: {
            project,
            name: name || `${result.settings.form}, ${result.runIds.length} runs`,
            settings: result.settings,
          },
        });
      }}
    >
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
      <input
        className="field w-52"
        placeholder="Name of the fit"
        aria-label="Name of the fit"
        value={name}
        onChange={(e) => setName(e.target.value)}
        maxLength={200}
      />
      <button type="submit" className="button button-primary" disabled={!result.fit || save.isPending}>
        {save.isPending ? "Saving…" : "Save fit"}
      </button>
    </form>
  );
}

function SavedFits({ team, project, fits }: { team: string; project: string; fits: Outputs["fit"]["list"] }) {
  if (fits.length === 0) return null;
  return (
    <Panel className="mt-4" title="Saved fits" note="immutable, each with the exact runs behind it">
      <ul className="divide-y divide-line">
        {fits.map((f) => (
          <li key={f.id} className="flex flex-wrap justify-between gap-2 py-1.5">
            <Link className="link" href={`/${team}/${project}/fits/${f.id}`}>
              {f.name}
            </Link>
            <span className="num text-xs text-muted">
              {f.form} · {f.runs} runs · <Time at={f.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
