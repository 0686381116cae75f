"use client";

import { useMemo } from "react";
import type { FitResult } from "@/lib/fit";
import { FitResultPanels, LawChart } from "../../_components/fit-result";

export function StoredFit({ result }: { result: FitResult }) {
  const excluded = useMemo(() => new Set(result.settings.excludedCurves), [result]);
  return (
    <div className="space-y-4">
      <LawChart
        title={`Best learning rate against tokens: ${result.settings.form}`}
        result={result}
        excluded={excluded}
      />
      <FitResultPanels result={result} />
    </div>
  );
}
