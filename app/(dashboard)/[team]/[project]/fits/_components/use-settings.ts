"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo, useState } from "react";
import { type FitSettings, fitSettingsSchema } from "@/lib/fit";
import { knownParams, type ParamDefinition, type RunPoint } from "@/lib/run";

const PARAMETER = "fit";

export interface SettingsControl {
  settings: FitSettings;
  change: (part: Partial<FitSettings>) => void;
  undo: () => void;
  /** Changes made on this visit that can be taken back. */
  undoable: number;
}

/**
 * Fit settings that live in the address: a link reproduces the view, and the browser's back button is undo. Where
 * nobody says what N counts, it is what all runs have.
 */
export function useFitSettings(points: readonly RunPoint[]): SettingsControl {
  const params = useSearchParams();
  const text = params.get(PARAMETER);
  const paramDefinition = useMemo(() => knownParams(points), [points]);
  const settings = useMemo(() => parse(text, paramDefinition), [text, paramDefinition]);
  const [undoable, setUndoable] = useState(0);
  const change = useCallback(
    (part: Partial<FitSettings>) => {
      const next = new URLSearchParams(window.location.search);
      next.set(PARAMETER, JSON.stringify(withoutDefaults({ ...settings, ...part }, paramDefinition)));
      // The page needs nothing of the server for this: a push through the router would ask it for the page again.
      window.history.pushState(null, "", `${window.location.pathname}?${next}`);
      setUndoable((n) => n + 1);
    },
    [settings, paramDefinition],
  );
  const undo = useCallback(() => {
    setUndoable((n) => Math.max(0, n - 1));
    window.history.back();
  }, []);
  return { settings, change, undo, undoable };
}

/** Settings without a curve or run, with the reason; or with it again. */
export function withExclusion(
  settings: FitSettings,
  what: { curve?: string; run?: string },
  reason: string | null,
): Partial<FitSettings> {
  const key = what.curve ?? what.run ?? "";
  const list = what.curve ? settings.excludedCurves : settings.excludedRunIds;
  const others = list.filter((k) => k !== key);
  const next = reason === null ? others : [...others, key].sort();
  const { [key]: _, ...reasons } = settings.exclusionReasons ?? {};
  const exclusionReasons = reason === null ? reasons : { ...reasons, [key]: reason };
  return {
    ...(what.curve ? { excludedCurves: next } : { excludedRunIds: next }),
    exclusionReasons: Object.keys(exclusionReasons).length > 0 ? exclusionReasons : undefined,
  };
}

function parse(text: string | null, paramDefinition: ParamDefinition): FitSettings {
  try {
    return fitSettingsSchema.parse({ paramDefinition, ...(text && JSON.parse(text)) });
  } catch {
    return fitSettingsSchema.parse({ paramDefinition });
  }
}

function withoutDefaults(settings: FitSettings, paramDefinition: ParamDefinition): Partial<FitSettings> {
  const defaults = fitSettingsSchema.parse({ paramDefinition });
  return Object.fromEntries(
    Object.entries(settings).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(defaults[k as keyof FitSettings])),
  );
}
