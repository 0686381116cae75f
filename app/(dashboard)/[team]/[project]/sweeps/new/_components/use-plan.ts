"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { Plan, PlanOptions } from "@/lib/propose";
import type { PlanAnswer } from "./plan-worker";

export type PlanState =
  | { kind: "none" }
  | { kind: "at work"; share: number }
  | { kind: "failed"; message: string }
  | { kind: "found"; plans: Plan[]; options: PlanOptions };

/** Plans made in a worker of the browser, with how far it is; what is started anew or given up ends at once. */
export function usePlan(): { state: PlanState; start: (options: PlanOptions) => void; cancel: () => void } {
  const [state, setState] = useState<PlanState>({ kind: "none" });
  const worker = useRef<Worker | null>(null);
  const end = useCallback(() => {
    worker.current?.terminate();
    worker.current = null;
  }, []);
  useEffect(() => end, [end]);
  const start = useCallback(
    (options: PlanOptions) => {
      end();
      const port = new Worker(new URL("./plan-worker.ts", import.meta.url));
      worker.current = port;
      setState({ kind: "at work", share: 0 });
      port.onmessage = ({ data: { done, total, plans } }: MessageEvent<PlanAnswer>) => {
        if (plans) end();
        setState(plans ? { kind: "found", plans, options } : { kind: "at work", share: done / total });
      };
      port.onerror = (e) => {
        end();
        setState({ kind: "failed", message: e.message || "the plan could not be computed" });
      };
      port.postMessage(options);
    },
    [end],
  );
  const cancel = useCallback(() => {
    end();
    setState({ kind: "none" });
  }, [end]);
  return { state, start, cancel };
}
