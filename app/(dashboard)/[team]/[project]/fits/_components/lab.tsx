"use client";

import { useEffect, useMemo, useState } from "react";
import { whenIdle } from "@/app/_charts/idle";
import { DRAWN_BEYOND } from "@/app/_charts/power-law";
import { Empty, ErrorNote, PageHeader, Skeleton } from "@/app/_components/page";
import type { Outputs } from "@/app/_components/use-runs";
import { WhereRunsComeFrom } from "@/app/_components/where-runs-come-from";
import { judgeLaw, sketchLaw } from "@/lib/fit";
import { FitInputs } from "./fit-inputs";
import { LinkedCharts } from "./linked-charts";
import { type Judged, Results } from "./results";
import { SavedFits, SaveFit } from "./save-fit";
import { SelectedCurve } from "./selected-curve";
import { useBootstrap } from "./use-bootstrap";
import { type FirstRuns, type LabRuns, useLabRuns } from "./use-lab-runs";
import { type SettingsControl, useFitSettings } from "./use-settings";

interface Props {
  team: string;
  project: string;
  fits: Outputs["fit"]["list"];
  firstRuns: FirstRuns;
}

/** Interactive fitting on the project's finished runs; everything is computed in the browser and refits at once. */
export function Lab({ team, project, fits, firstRuns }: Props) {
  const runs = useLabRuns(team, project, firstRuns);
  const control = useFitSettings();
  const base = `/${team}/${project}`;
  return (
    <>
      <PageHeader
        title="Lab"
        actions={
          (runs.loading || runs.points.length > 0) && (
            <SaveFit team={team} project={project} settings={control.settings} />
          )
        }
      >
        A law through the best learning rates of the finished curves. Choose a point to see its runs and to take them
        out; the address holds the view.
      </PageHeader>
      {runs.error && <ErrorNote>{runs.error}</ErrorNote>}
      {runs.loading ? (
        <Skeleton height={520} />
      ) : runs.points.length === 0 ? (
        <Empty title="No curves yet" action={<WhereRunsComeFrom base={base} />}>
          A curve is a set of finished runs that differ only in peak learning rate. Queue a sweep, watch the running
          one, or import the results of runs from elsewhere.
        </Empty>
      ) : (
        <Bench runs={runs} control={control} team={team} base={base} />
      )}
      <SavedFits base={base} fits={fits} />
    </>
  );
}

function Bench({ runs, control, team, base }: { runs: LabRuns; control: SettingsControl; team: string; base: string }) {
  const { settings, change } = control;
  const { points } = runs;
  // The search for a loss law takes too long for every keystroke: the page shows its curves, the worker finds the law.
  const inWorker = settings.form === "chinchilla";
  const here = useMemo(
    () => sketchLaw(points, { ...settings, form: inWorker ? "step-law" : settings.form, bootstrap: 0 }),
    [points, settings, inWorker],
  );
  const [beyond, setBeyond] = useState(DRAWN_BEYOND);
  const answer = useBootstrap(points, settings, here, beyond);
  const result = useMemo(
    () => (inWorker ? (answer?.result ?? { ...here, fit: null, notIdentifiable: null }) : here),
    [inWorker, answer, here],
  );
  const settled = useOnceIdle();
  const judged = useMemo(
    (): Judged => (settled && (result.fit || result.notIdentifiable) ? judgeLaw(points, result) : result),
    [settled, points, result],
  );
  const [selected, setSelected] = useState<string | null>(null);
  const select = (id: string | null) => {
    const byRun = (key: string) => result.optima.find((o) => o.points.some((p) => p.runIds.includes(key)))?.key ?? null;
    setSelected(id === null ? null : result.optima.some((o) => o.key === id) ? id : byRun(id));
  };
  useEscape(() => setSelected(null));
  const chosen = result.optima.find((o) => o.key === selected) ?? null;
  return (
    <div className="grid gap-4 md:grid-cols-[190px_minmax(0,1fr)] xl:grid-cols-[190px_minmax(0,1fr)_330px] 2xl:grid-cols-[220px_minmax(0,1fr)_380px]">
      <FitInputs control={control} result={result} />
      <div className="min-w-0 space-y-4">
        <LinkedCharts
          band={answer?.band ?? null}
          onBeyond={setBeyond}
          onSelect={select}
          {...{ result, beyond, selected }}
        />
        <SelectedCurve
          {...{ team, base, points, settings, change, result, chosen, settled }}
          onSelect={select}
          sweepOf={runs.sweepOf}
        />
      </div>
      <div className="min-w-0 md:col-start-2 xl:col-start-3">
        <Results result={answer?.result ?? judged} comparison={answer?.comparison ?? null} />
      </div>
    </div>
  );
}

/** False until the page's first picture stands: all code runs cold then, and the law and its charts come first. */
function useOnceIdle(): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => whenIdle(() => setIdle(true)), []);
  return idle;
}

/** Escape gives up the choice, unless it closes a dialog. */
function useEscape(act: () => void): void {
  useEffect(() => {
    const listen = (e: KeyboardEvent) => {
      if (e.key === "Escape" && !document.querySelector("dialog[open]")) act();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
}
