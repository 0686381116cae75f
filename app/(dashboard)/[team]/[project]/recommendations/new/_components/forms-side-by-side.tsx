"use client";

import { useMemo } from "react";
import { FormsTable } from "@/app/_components/forms-table";
import { useLabRuns } from "@/app/_lab/use-lab-runs";
import type { FitResult } from "@/lib/fit";
import { adviceOfForms, type RecommendationTarget } from "@/lib/recommend";

/** The forms for a target that is being typed. */
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
  const advice = useMemo(() => adviceOfForms(points, result, target), [points, result, target]);
  return loading ? null : <FormsTable advice={advice} chosen={result.settings.form} />;
}
