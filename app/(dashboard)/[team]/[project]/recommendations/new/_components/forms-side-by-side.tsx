"use client";

import { useMemo } from "react";
import { Panel } from "@/app/_components/page";
import type { RunPoint } from "@/lib/estimate";
import { type FitResult, fitLaw, forms } from "@/lib/fit";
import * as format from "@/lib/format";
import { type RecommendationTarget, recommend } from "@/lib/recommend";
import { useLabRuns } from "../../../fits/_components/use-lab-runs";

/** What every form, fitted to the same runs, says about the target: where they agree, the form does not matter. */
export function FormsSideBySide({
  team,
  project,
  result,
  target,
}: {
  team: string;
  project: string;
  result: FitResult;
  target: RecommendationTarget;
}) {
  const { points, loading } = useLabRuns(team, project);
  const known = useMemo(() => new Set(result.runIds), [result.runIds]);
  const own = useMemo(() => points.filter((p) => known.has(p.runId)), [points, known]);
  const rows = useMemo(() => adviceOfForms(own, result, target), [own, result, target]);
  if (loading) return null;
  const rates = rows.flatMap((r) => (r.peakLr === null ? [] : [r.peakLr]));
  const spread = rates.length > 1 ? Math.max(...rates) / Math.min(...rates) : null;
  return (
    <Panel
      title="Other forms on the same runs"
      note={spread === null ? undefined : `they differ by a factor ${format.significant(spread, 3)}`}
    >
      <div className="overflow-x-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Form</th>
              <th scope="col" className="right">
                Peak LR
              </th>
              <th scope="col" className="right">
                95% of the law
              </th>
              <th scope="col" className="right">
                Scatter (octaves)
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.form} title={r.reason ?? undefined}>
                <td className={r.form === result.settings.form ? "font-semibold" : ""}>{r.form}</td>
                <td className="right">{format.learningRate(r.peakLr)}</td>
                <td className="right">
                  {r.interval
                    ? `${format.learningRate(r.interval.low)} to ${format.learningRate(r.interval.high)}`
                    : (r.reason ?? "-").slice(0, 60)}
                </td>
                <td className="right">{format.significant(r.scatter, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function adviceOfForms(points: RunPoint[], result: FitResult, target: RecommendationTarget) {
  return forms
    .filter((form) => form !== "chinchilla")
    .map((form) => {
      const own = form === result.settings.form;
      const other = own ? result : fitLaw(points, { ...result.settings, form, topBatches: undefined, bootstrap: 0 });
      const advice = recommend(other, target);
      return {
        form,
        peakLr: advice?.wsd?.peakLr ?? null,
        interval: advice?.wsd?.confidence ?? null,
        scatter: other.fit?.kind === "lr" ? other.fit.regression.residualSdLog2 : null,
        reason: other.notIdentifiable?.message ?? advice?.missing[0] ?? null,
      };
    });
}
