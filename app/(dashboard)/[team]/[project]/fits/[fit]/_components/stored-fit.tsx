"use client";

import { useMemo } from "react";
import { lawPoints } from "@/app/_charts/power-law";
import { bootstrapBand, type FitResult } from "@/lib/fit";
import { LawChart } from "../../_components/law-chart";
import { Results } from "../../_components/results";

/** A saved fit, as it was stored; nothing here is computed again but the band that its own draws give. */
export function StoredFit({ result }: { result: FitResult }) {
  const excluded = useMemo(() => new Set(result.settings.excludedCurves), [result]);
  const band = useMemo(
    () =>
      result.fit?.kind === "lr"
        ? bootstrapBand(result.fit, result.settings, lawPoints(result.fit, result.optima))
        : null,
    [result],
  );
  return (
    <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
      <div className="min-w-0">
        <LawChart
          title={`Best learning rate against tokens: ${result.settings.form}`}
          {...{ result, excluded, band }}
        />
      </div>
      <Results result={result} comparison={null} />
    </div>
  );
}
