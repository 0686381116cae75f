"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { whenIdle } from "@/app/_charts/idle";
import { lawPoints } from "@/app/_charts/power-law";
import type { FitSettings, FitSketch } from "@/lib/fit";
import type { RunPoint } from "@/lib/run";
import type { FitAnswer, FitTask } from "./fit-worker";

/** As many as a saved fit has, so that the page shows the numbers that saving will store. */
export const RESAMPLES = 1_000;

interface Question {
  points: RunPoint[];
  settings: FitSettings;
  beyond: number;
}

/**
 * Intervals, band and the comparison of forms for what is on the page, and the whole result of forms that are too slow
 * for the page itself; null until the worker has them, and never those of other runs or settings.
 */
export function useBootstrap(
  points: RunPoint[],
  settings: FitSettings,
  result: FitSketch,
  beyond: number,
): FitAnswer | null {
  const [answer, setAnswer] = useState<{ to: Question; data: FitAnswer } | null>(null);
  const worker = useRef<{ port: Worker; runs: RunPoint[] | null; busy: boolean } | null>(null);
  const asked = useRef<{ id: number; question: Question } | null>(null);

  const open = useCallback(() => {
    worker.current?.port.terminate();
    const port = new Worker(new URL("./fit-worker.ts", import.meta.url));
    const opened = { port, runs: null, busy: false };
    worker.current = opened;
    port.onmessage = ({ data }: MessageEvent<FitAnswer>) => {
      if (data.id !== asked.current?.id) return;
      opened.busy = !data.final;
      setAnswer({ to: asked.current.question, data });
    };
    return worker.current;
  }, []);

  useEffect(
    () => () => {
      worker.current?.port.terminate();
      worker.current = null;
    },
    [],
  );

  useEffect(() => {
    const ask = () => {
      // A loss law is bootstrapped for seconds: what is obsolete is not waited for.
      const current = !worker.current || worker.current.busy ? open() : worker.current;
      const send = (task: FitTask) => current.port.postMessage(task);
      if (current.runs !== points) send({ kind: "runs", runs: points });
      current.runs = points;
      const id = (asked.current?.id ?? 0) + 1;
      asked.current = { id, question: { points, settings, beyond } };
      const band = result.fit?.kind === "lr" ? lawPoints(result.fit, result.optima, beyond) : [];
      current.busy = settings.form === "chinchilla";
      send({ kind: "fit", id, settings: { ...settings, bootstrap: RESAMPLES }, band });
    };
    // The page's first picture must not share the processor.
    if (!worker.current) return whenIdle(ask);
    ask();
  }, [points, settings, result, beyond, open]);

  const { to, data } = answer ?? {};
  return data && to?.points === points && to.settings === settings && to.beyond === beyond ? data : null;
}
