"use client";

import { useEffect, useRef, useState } from "react";
import { lawPoints } from "@/app/_charts/power-law";
import type { RunPoint } from "@/lib/estimate";
import type { FitResult } from "@/lib/fit";
import type { FitAnswer, FitTask } from "./fit-worker";

/** As many as a saved fit has, so that the page shows the numbers that saving will store. */
export const RESAMPLES = 1_000;

/** Intervals, band and the comparison of forms for the result on the page; null until the worker has them. */
export function useBootstrap(points: RunPoint[], result: FitResult, beyond: number): FitAnswer | null {
  const [answer, setAnswer] = useState<FitAnswer | null>(null);
  const worker = useRef<Worker | null>(null);
  const asked = useRef(0);

  useEffect(() => {
    const started = new Worker(new URL("./fit-worker.ts", import.meta.url));
    started.onmessage = ({ data }: MessageEvent<FitAnswer>) => {
      if (data.id === asked.current) setAnswer(data);
    };
    worker.current = started;
    return () => started.terminate();
  }, []);

  useEffect(() => {
    worker.current?.postMessage({ kind: "runs", runs: points } satisfies FitTask);
  }, [points]);

  useEffect(() => {
    asked.current += 1;
    const band = result.fit?.kind === "lr" ? lawPoints(result.fit, result.optima, beyond) : [];
    const settings = { ...result.settings, bootstrap: RESAMPLES };
    worker.current?.postMessage({ kind: "fit", id: asked.current, settings, band, beyond } satisfies FitTask);
  }, [result, beyond]);

  const current = answer?.id === asked.current && answer.result.runIds.length === result.runIds.length;
  return current && answer.beyond === beyond ? answer : null;
}
