"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { replaceParams } from "@/app/_components/curves/address";
import type { FitSketch } from "@/lib/fit";
import { type PublishedLaw, type PublishedRegret, publishedLaws, publishedRegret } from "@/lib/published-laws";

const PARAMETER = "laws";

export interface PublishedControl {
  /** Every law on the runs of the fit; null until there is time for it. */
  compared: readonly PublishedRegret[] | null;
  /** Those that are drawn: chosen, and of the axis of these runs. */
  drawn: readonly PublishedLaw[];
  draw: (id: string, on: boolean) => void;
}

/** Published laws on a fit. Which are drawn lives in the address, so that a link reproduces the view. */
export function usePublished(result: FitSketch, settled: boolean): PublishedControl {
  const text = useSearchParams().get(PARAMETER) ?? "";
  const isWanted = settled || text !== "";
  const compared = useMemo(
    () => (isWanted ? publishedLaws.map((law) => publishedRegret(result, law)) : null),
    [isWanted, result],
  );
  const drawn = useMemo(() => {
    const chosen = new Set(text.split(","));
    const fits = new Set(compared?.filter((c) => c.reason === null).map((c) => c.id));
    return publishedLaws.filter((law) => chosen.has(law.id) && fits.has(law.id));
  }, [text, compared]);
  const draw = useCallback(
    (id: string, on: boolean) => {
      const others = text.split(",").filter((other) => other !== "" && other !== id);
      replaceParams({ [PARAMETER]: [...others, ...(on ? [id] : [])].join(",") || null });
    },
    [text],
  );
  return { compared, drawn, draw };
}
