import { type CurveDims, curvesOf } from "../estimate";
import { quoted } from "../filter";
import type { RunPoint } from "../run";
import type { FitResult } from "./fit-law";
import { type FitSettings, runsFor, withLoss } from "./settings";

/** What 0.1 called dimensions of a curve otherwise. */
type OldDims = CurveDims & {
  params?: { nonEmbedding: number | null; total: number | null; active: number | null };
  metric?: CurveDims["lossMetric"];
  taken?: CurveDims["lossTaken"];
};

type OldSettings = Omit<FitSettings, "loss"> & { loss?: FitSettings["loss"]; lossMetric?: "final" | "tail" };

/** A saved result in today's names; numbers are as they were saved. */
export function readFitResult(saved: unknown): FitResult {
  const result = saved as FitResult;
  const settings: OldSettings = result.settings;
  if (settings.lossMetric === undefined) return result;
  const optima = result.optima.map((o) => ({ ...o, dims: dimsOf(o.dims) }));
  const where = settings.where && todaysFilter(settings.where);
  return { ...result, settings: withLoss({ ...settings, ...(where && { where }) }), optima };
}

function dimsOf({ params, metric, taken, ...dims }: OldDims): CurveDims {
  if (!params) return dims;
  // Of our own trainer's runs it said all in one text.
  const [, kind, shape, warmup] =
    /^(wsd|power|cosine|linear|constant)(?: ([^,]+))?, warmup (\d+)$/.exec(dims.schedule) ?? [];
  return {
    ...dims,
    schedule: kind ?? dims.schedule,
    scheduleShape: shape ?? null,
    warmupTokens: warmup === undefined ? null : Number(warmup),
    paramsNonEmbedding: params.nonEmbedding,
    paramsTotal: params.total,
    paramsActive: params.active,
    lossMetric: metric ?? null,
    lossTaken: taken ?? null,
  };
}

/** 0.1 separated conditions by commas, `and` or blanks, and needed no quotes: `schedule=wsd 10% exp,width=32|64`. */
function todaysFilter(text: string): string {
  const parts = text.split(/,|(?<!\s)\s+and\s+|(?<!\s)\s+(?=\w+\s*(?:[<>=]|!=))/).map((part) => part.trim());
  return parts
    .filter(Boolean)
    .map((part) => {
      const [, name, operator, values = ""] = /^(\w+)\s*(<=|>=|!=|==?|<|>)\s*(.+)$/.exec(part) ?? [];
      return name
        ? `${name}${operator}${values
            .split("|")
            .map((v) => quoted(v.trim()))
            .join("|")}`
        : part;
    })
    .join(",");
}

/**
 * Settings to compute a saved result again with. A curve that was taken out under a key that no curve has today, as
 * curves were told apart by less, is found by its runs.
 */
export function settingsToday(saved: FitResult, runs: readonly RunPoint[]): FitSettings {
  const { settings, optima } = saved;
  if (settings.excludedCurves.length === 0) return settings;
  const curves = curvesOf(runsFor(runs, settings), settings);
  const keys = new Set(curves.map((c) => c.key));
  const runIdsOf = (points: readonly { runIds: string[] }[] = []) => points.flatMap((p) => p.runIds);
  const excludedCurves = settings.excludedCurves.flatMap((key) => {
    if (keys.has(key)) return [key];
    const gone = new Set(runIdsOf(optima.find((o) => o.key === key)?.points));
    return curves.filter((c) => runIdsOf(c.points).some((id) => gone.has(id))).map((c) => c.key);
  });
  return { ...settings, excludedCurves };
}

const SAME = 1e-12;

/**
 * Whether a law that was computed again is the saved one: of the same runs, every number within 1e-12 of its like; how
 * it is said may differ.
 */
export function isSameLaw(again: FitResult, saved: FitResult): boolean {
  return again.runIds.join() === saved.runIds.join() && isSame(stored(again.fit), stored(saved.fit));
}

/** As JSON keeps it. */
const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function isSame(p: unknown, q: unknown): boolean {
  if (typeof p === "number" && typeof q === "number")
    return Object.is(p, q) || Math.abs(p - q) <= SAME * Math.max(Math.abs(p), Math.abs(q));
  if (typeof p === "string" && typeof q === "string") return true;
  if (typeof p !== "object" || typeof q !== "object" || p === null || q === null) return p === q;
  // What a later method says besides is not another law.
  return Object.keys(q).every((key) =>
    isSame((p as Record<string, unknown>)[key], (q as Record<string, unknown>)[key]),
  );
}
