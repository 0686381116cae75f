"use client";

import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { replaceParams } from "@/app/_components/curves/address";
import { knowsSize, type LrFit, type LrForm } from "@/lib/fit";
import { readNumber } from "@/lib/format";
import type { RunPoint } from "@/lib/run";

/** Forms that say how the rate goes with the batch, which a run to propose has. */
export const FORMS = ["power-free", "power-free-size", "power"] as const satisfies readonly LrForm[];

const NAMES = ["tokens", "batchSeqs", "params", "budget"] as const;
export type AimName = (typeof NAMES)[number];
export type AimText = Record<AimName, string>;

/** What the runs are for and what they may cost, as far as it can be read. */
export interface Aim {
  tokens: number;
  batchSeqs: number;
  params: number | null;
  budgetTokens: number;
}

/** Target and budget as they are typed, which is as they stand in the address; what it lacks begins with `usual`. */
export function useAim(usual: AimText): { text: AimText; set: (name: AimName, text: string) => void } {
  const address = useSearchParams();
  const [typed, setTyped] = useState<Partial<AimText>>(() =>
    Object.fromEntries(NAMES.flatMap((name) => (address.has(name) ? [[name, address.get(name)]] : []))),
  );
  const set = (name: AimName, text: string) => {
    setTyped((before) => ({ ...before, [name]: text }));
    replaceParams({ [name]: text });
  };
  return { text: { ...usual, ...typed }, set };
}

/** Ten times the largest size, sixteen times the longest run, at the largest batch; a quarter of what was trained. */
export function usualAim(fit: LrFit, points: readonly RunPoint[]): AimText {
  const { tokens, batchSeqs, params } = fit.ranges;
  const trained = points.reduce((sum, run) => sum + run.tokens, 0);
  return {
    tokens: String(16 * tokens.high),
    batchSeqs: String(batchSeqs.high),
    params: knowsSize(fit) && params ? String(10 * params.high) : "",
    budget: String(Math.round(trained / 4)),
  };
}

/** The aim, or what is wrong with which field, in words. */
export function readAim(text: AimText, needsParams: boolean): { aim: Aim | null; errors: Partial<AimText> } {
  const errors: Partial<AimText> = {};
  const read = (name: AimName): number | null => {
    if (name === "params" && text.params.trim() === "" && !needsParams) return null;
    const value = readNumber(text[name]);
    if (value !== null && Number.isFinite(value) && value > 0) return value;
    errors[name] = text[name].trim() === "" ? "needs a number" : `"${text[name].trim()}" is not a number such as 10B`;
    return null;
  };
  const [tokens, batchSeqs, params, budgetTokens] = NAMES.map(read);
  if (Object.keys(errors).length > 0) return { aim: null, errors };
  return {
    aim: { tokens: tokens!, batchSeqs: batchSeqs!, params: params ?? null, budgetTokens: budgetTokens! },
    errors,
  };
}
