"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { LineX } from "@/app/_charts/run-lines/lines";
import { canonicalKey } from "@/lib/filter";
import { replaceParams } from "./address";

export const SMOOTHINGS = { none: "none", ema: "EMA", window: "window", gaussian: "gaussian" } as const;
export type SmoothingKind = keyof typeof SMOOTHINGS;

/** How curves are looked at; all of it is in the address, so that a link shows the same. */
export interface CurveView {
  x: LineX;
  logX: boolean;
  logY: boolean;
  smoothing: SmoothingKind;
  /** Length of the smoothing in percent of the whole range of x. */
  amount: number;
  /** Show values that would flatten the rest. */
  full: boolean;
  /** Filter key that colours the lines, or "run". */
  by: string;
  range: { from: number; to: number } | null;
}

const X: LineX[] = ["tokens", "step", "elapsed", "time"];
const ADDRESS_AFTER_MS = 200;

export function useCurveView(defaults: { by: string }): [CurveView, (change: Partial<CurveView>) => void] {
  const params = useSearchParams();
  const [chosen, setView] = useState(() => fromAddress(params));
  // The default may change as runs arrive, and holds until a person has chosen.
  const view = useMemo(() => ({ ...chosen, by: chosen.by || defaults.by }), [chosen, defaults.by]);
  const change = useCallback(
    (part: Partial<CurveView>) =>
      setView((old) => {
        const next = { ...old, ...part };
        // A range of tokens means nothing in steps.
        return next.x === old.x ? next : { ...next, range: null };
      }),
    [],
  );
  // Panning changes the view many times a second; browsers limit how often the address may change.
  useEffect(() => {
    const timer = setTimeout(() => replaceParams(toAddress(view, defaults.by)), ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [view, defaults.by]);
  return [view, change];
}

function fromAddress(params: URLSearchParams): CurveView {
  const [kind, amount] = (params.get("smooth") ?? "").split(":");
  const [from, to] = [Number(params.get("from") ?? Number.NaN), Number(params.get("to") ?? Number.NaN)];
  const x = params.get("x") as LineX;
  return {
    x: X.includes(x) ? x : "tokens",
    logX: params.has("logx"),
    logY: params.has("logy"),
    smoothing: kind && Object.hasOwn(SMOOTHINGS, kind) ? (kind as SmoothingKind) : "none",
    amount: Number(amount) > 0 ? Math.min(20, Number(amount)) : 2,
    full: params.has("full"),
    by: canonicalKey(params.get("by") ?? ""),
    range: from < to ? { from, to } : null,
  };
}

function toAddress(view: CurveView, by: string): Record<string, string | null> {
  return {
    x: view.x === "tokens" ? null : view.x,
    logx: view.logX ? "1" : null,
    logy: view.logY ? "1" : null,
    smooth: view.smoothing === "none" ? null : `${view.smoothing}:${view.amount}`,
    full: view.full ? "1" : null,
    by: view.by === by ? null : view.by,
    from: view.range ? String(view.range.from) : null,
    to: view.range ? String(view.range.to) : null,
  };
}
