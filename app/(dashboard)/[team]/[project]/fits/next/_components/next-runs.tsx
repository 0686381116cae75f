"use client";

import Link from "next/link";
import { useMemo } from "react";
import { Empty, ErrorNote, PageHeader, Panel, Skeleton } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { WhereRunsComeFrom } from "@/app/_components/where-runs-come-from";
import { type FirstRuns, type LabRuns, useLabRuns } from "@/app/_lab/use-lab-runs";
import { type FitSketch, knowsSize, type LrFit, sketchLaw } from "@/lib/fit";
import { type SettingsControl, useFitSettings } from "../../_components/use-settings";
import { AimFields } from "./aim-fields";
import { Proposals } from "./proposals";
import { FORMS, readAim, useAim, usualAim } from "./use-aim";
import { useOpenRuns } from "./use-open-runs";
import { type QueueIn, useQueue } from "./use-queue";

interface Place {
  team: string;
  project: string;
}

/** The next runs by what they are worth for a target; everything but their cost is computed in the browser. */
export function NextRuns({ team, project, firstRuns }: Place & { firstRuns: FirstRuns }) {
  const runs = useLabRuns(team, project, firstRuns);
  const control = useFitSettings(runs.points);
  const base = `/${team}/${project}`;
  const lab = `${base}/fits?fit=${encodeURIComponent(JSON.stringify(control.settings))}`;
  return (
    <>
      <PageHeader
        title="Which runs next"
        actions={
          <Link className="button" href={lab}>
            To the lab
          </Link>
        }
      >
        What to train with a budget so that the <Term name="peak LR">rate</Term> of a <Term name="target">target</Term>{" "}
        is known best: runs in the order of the <Term name="regret">regret</Term> that each token takes off it.
      </PageHeader>
      {runs.error && <ErrorNote>{runs.error}</ErrorNote>}
      {runs.loading ? (
        <Skeleton height={520} />
      ) : runs.points.length === 0 ? (
        <Empty title="No runs yet" action={<WhereRunsComeFrom base={base} />}>
          The next runs follow from finished ones. The page of a new sweep plans the first ones for a budget.
        </Empty>
      ) : (
        <FromRuns {...{ team, project, runs, control, lab }} />
      )}
    </>
  );
}

function FromRuns({ runs, control, lab, ...place }: Place & { runs: LabRuns; control: SettingsControl; lab: string }) {
  const { settings, change } = control;
  const { points, sweepOf } = runs;
  const result = useMemo(
    () => sketchLaw(points, { ...settings, estimator: "surface", bootstrap: 0 }),
    [points, settings],
  );
  const { queue, waits, error } = useQueue(place.team, result, sweepOf);
  const underWay = useOpenRuns(place.team, place.project);
  const isOf = (FORMS as readonly string[]).includes(settings.form);
  if (!isOf || result.fit?.kind !== "lr")
    return (
      <Empty
        title={isOf ? "There is no law yet" : "This form knows no batch"}
        action={
          isOf ? (
            <Link className="button button-primary" href={lab}>
              To the lab
            </Link>
          ) : (
            <button type="button" className="button button-primary" onClick={() => change({ form: "power-free" })}>
              Take power-free
            </button>
          )
        }
      >
        {isOf
          ? result.notIdentifiable?.message
          : "A run to propose has a batch; the chosen form holds at the best one alone, or tells no rate."}
      </Empty>
    );
  const problem = error ?? underWay.error;
  if (problem) return <ErrorNote>{problem}</ErrorNote>;
  if (waits || !underWay.open) return <Skeleton height={520} />;
  return <Found {...{ ...place, points, result, fit: result.fit, control, queue, open: underWay.open }} />;
}

interface Given extends Place {
  points: LabRuns["points"];
  result: FitSketch;
  fit: LrFit;
  control: SettingsControl;
  queue: QueueIn | null;
  open: LabRuns["points"];
}

function Found({ points, result, fit, control, queue, open, ...place }: Given) {
  const usual = useMemo(() => usualAim(fit, points), [fit, points]);
  const { text, set } = useAim(usual);
  const needsParams = knowsSize(fit);
  const { aim, errors } = readAim(text, needsParams);
  const seqLen = queue?.space.models[0]?.seqLen ?? result.optima.find((o) => o.used)?.dims.seqLen ?? null;
  return (
    <div className="grid gap-4 lg:grid-cols-[300px_minmax(0,1fr)]">
      <AimFields {...{ text, errors, aim, set, control, needsParams, seqLen }} paramDefinition={fit.paramDefinition} />
      <div className="min-w-0 space-y-4">
        {aim ? (
          <Proposals {...{ ...place, result, fit, aim, queue, open }} />
        ) : (
          <Panel>Fill in target and budget to see the runs.</Panel>
        )}
      </div>
    </div>
  );
}
