"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useEffect, useMemo, useState } from "react";
import { whenIdle } from "@/app/_charts/idle";
import { DRAWN_BEYOND } from "@/app/_charts/power-law";
import { curveTitles } from "@/app/_components/curve-titles";
import { replaceParams } from "@/app/_components/curves/address";
import { Empty, ErrorNote, PageHeader, Panel, Skeleton } from "@/app/_components/page";
import { SendRuns } from "@/app/_components/send-runs";
import { Term } from "@/app/_components/term";
import { WhereRunsComeFrom } from "@/app/_components/where-runs-come-from";
import { BatchPanel } from "@/app/_lab/batch-panel";
import { nextRunsAddress } from "@/app/_lab/next-runs-address";
import { OneLaw } from "@/app/_lab/one-law";
import { PublishedLaws } from "@/app/_lab/published-laws";
import { type Judged, Results } from "@/app/_lab/results";
import { type FirstRuns, type LabRuns, useLabRuns } from "@/app/_lab/use-lab-runs";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { type FittedOptimum, judgeLaw, sketchLaw, unfinishedCurves } from "@/lib/fit";
import { FitInputs } from "./fit-inputs";
import { LinkedCharts } from "./linked-charts";
import { SavedFits, SaveFit } from "./save-fit";
import { ChosenCurve, CurveList, NoCurve } from "./selected-curve";
import { useBootstrap } from "./use-bootstrap";
import { usePublished } from "./use-published";
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
  const control = useFitSettings(runs.points);
  const base = `/${team}/${project}`;
  return (
    <>
      <PageHeader
        title="Lab"
        actions={
          (runs.loading || runs.points.length > 0) && (
            <>
              <Link className="button" href={nextRunsAddress(base, control.settings)}>
                Which runs next?
              </Link>
              <SaveFit team={team} project={project} settings={control.settings} />
            </>
          )
        }
      >
        A <Term name="law">law</Term> through the best <Term name="peak LR">peak learning rates</Term> of the finished{" "}
        <Term name="curve">curves</Term>. Choose a point to see its runs and to take them out; the address holds the
        view.
      </PageHeader>
      {runs.error && <ErrorNote>{runs.error}</ErrorNote>}
      {runs.loading ? (
        // What stands below the charts begins below the window, as it will when they are there.
        <div className="min-h-dvh">
          <Skeleton height={520} />
        </div>
      ) : runs.points.length === 0 ? (
        <div className="space-y-4">
          <Empty title="No curves yet" action={<WhereRunsComeFrom base={base} />}>
            A <Term name="curve">curve</Term> is a set of finished runs that differ only in peak learning rate. Queue a
            sweep, watch the running one, or import the results of runs from elsewhere.
          </Empty>
          <SendRuns team={team} project={project} />
        </div>
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
  const published = usePublished(result, settled);
  const selected = useSearchParams().get(CURVE);
  const select = (id: string | null) => {
    const byRun = (key: string) => result.optima.find((o) => o.points.some((p) => p.runIds.includes(key)))?.key ?? null;
    replaceParams({ [CURVE]: id === null ? null : result.optima.some((o) => o.key === id) ? id : byRun(id) });
  };
  useEscape(() => selected && select(null));
  /** How often the keyboard has asked to take a curve out. */
  const [asked, setAsked] = useState(0);
  const chosen = result.optima.find((o) => o.key === selected) ?? null;
  const unfinished = useUnfinished({ team, project: base.split("/")[2]!, optima: result.optima, settled });
  return (
    <div className="grid gap-4 md:grid-cols-[260px_minmax(0,1fr)] xl:grid-cols-[260px_minmax(0,1fr)_340px] 2xl:grid-cols-[280px_minmax(0,1fr)_380px]">
      <FitInputs control={control} result={result} points={points} />
      <div className="min-w-0 space-y-4">
        <LinkedCharts
          band={answer?.band ?? null}
          onBeyond={setBeyond}
          onSelect={select}
          {...{ result, beyond, selected }}
          published={published.drawn}
        />
        <Panel title="Curves" note="arrow keys walk, x asks for the reason to take one out">
          <CurveList
            {...{ result, chosen, settings, change, settled, unfinished }}
            onSelect={select}
            onTakeOut={(key) => {
              select(key);
              setAsked((n) => n + 1);
            }}
          />
        </Panel>
        <PublishedLaws result={result} {...published} />
      </div>
      <div className="min-w-0 space-y-4 md:col-start-2 xl:col-start-3">
        {chosen ? (
          <ChosenCurve
            key={chosen.key}
            {...{ team, base, points, settings, change, chosen, asked }}
            title={curveTitles(result.optima)(chosen)}
            sweepOf={runs.sweepOf}
            onClose={() => select(null)}
          />
        ) : (
          <NoCurve result={result} onSelect={select} />
        )}
        <Results
          result={answer?.result ?? judged}
          comparison={answer?.comparison ?? null}
          onForm={(form) => change({ form, topBatches: undefined })}
        />
        {settled && <OneLaw result={result} />}
        {settled && <BatchPanel team={team} optima={result.optima} />}
      </div>
    </div>
  );
}

/** Curves with rates whose runs have no result, asked for once the page's first picture stands. */
function useUnfinished(of: { team: string; project: string; optima: readonly FittedOptimum[]; settled: boolean }) {
  const { team, project, optima, settled } = of;
  const trpc = useTRPC();
  const { data } = useQuery({ ...trpc.fit.unfinished.queryOptions({ team, project }), enabled: settled });
  return useMemo(() => new Map(unfinishedCurves(optima, data ?? []).map((u) => [u.key, u])), [optima, data]);
}

const CURVE = "curve";

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
