"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type FitSettings, fitSettingsSchema } from "@/lib/fit";

const PARAMETER = "fit";

/** Fit settings that live in the address: a link reproduces the view, and the browser's back button is undo. */
export function useFitSettings(): [FitSettings, (change: Partial<FitSettings>) => void] {
  const params = useSearchParams();
  const router = useRouter();
  const text = params.get(PARAMETER);
  const settings = useMemo(() => parse(text), [text]);
  const change = useCallback(
    (part: Partial<FitSettings>) => {
      const next = new URLSearchParams(window.location.search);
      next.set(PARAMETER, JSON.stringify(withoutDefaults({ ...settings, ...part })));
      router.push(`${window.location.pathname}?${next}`, { scroll: false });
    },
    [settings, router],
  );
  return [settings, change];
}

function parse(text: string | null): FitSettings {
  try {
    return fitSettingsSchema.parse(text ? JSON.parse(text) : {});
  } catch {
    return fitSettingsSchema.parse({});
  }
}

function withoutDefaults(settings: FitSettings): Partial<FitSettings> {
  const defaults = fitSettingsSchema.parse({});
  return Object.fromEntries(
    Object.entries(settings).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(defaults[k as keyof FitSettings])),
  );
}
