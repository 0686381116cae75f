import type { RunPoint } from "../run";
import { type FitResult, fitLaw } from "./fit-law";
import { runsFor } from "./settings";
import { settingsToday } from "./stored";

/** What became of a saved fit's runs, and what came after it. */
type FitSince = {
  /** Finished since and of a kind that the fit's settings take in. */
  arrivedRunIds: string[];
  arrived: number;
  /** Runs of the fit that are no longer there. */
  gone: number;
  /** The law with today's runs under the same settings: coefficients by name, before and now. */
  coefficients: { name: string; before: number; now: number | null }[];
};

const LISTED = 200;

/** Compares a saved fit with the runs of today. */
export function changesSince(result: FitResult, points: readonly RunPoint[]): FitSince {
  const known = new Set(result.runIds);
  const arrived = runsFor(points, result.settings)
    .filter((p) => !known.has(p.runId))
    .map((p) => p.runId);
  const present = new Set(points.map((p) => p.runId));
  const today = arrived.length > 0 ? fitLaw(points, { ...settingsToday(result, points), bootstrap: 0 }) : null;
  const now = today?.fit?.kind === "lr" ? today.fit.regression.coefficients : [];
  const before = result.fit?.kind === "lr" ? result.fit.regression.coefficients : [];
  return {
    arrivedRunIds: arrived.slice(0, LISTED),
    arrived: arrived.length,
    gone: result.runIds.filter((id) => !present.has(id)).length,
    coefficients: today
      ? before.map(({ name, value }) => ({ name, before: value, now: now.find((c) => c.name === name)?.value ?? null }))
      : [],
  };
}
