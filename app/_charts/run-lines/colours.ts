import * as format from "@/lib/format";
import { type ChartTheme, categoryColour, lrColour } from "../theme";

/** How lines are told apart: each value has a colour, or numbers run along a scale. */
export type Colouring =
  | { kind: "scale"; of: (runId: string) => string; low: string; high: string; unknown: number }
  | { kind: "classes"; of: (runId: string) => string; classes: ColourClass[]; nameOf: (value: string) => string };

export interface ColourClass {
  /** What is shown, and what hides the class. */
  name: string;
  colour: string;
  runs: number;
}

/** A value as it is written, with so many digits where it is a number. */
export type ValueText = (value: string, digits?: number) => string;

const MOST_CLASSES = 6;
/** Runs that are told apart one by one. */
export const MOST_RUNS = 24;
export const OTHER = "other";
export const UNKNOWN = "none";

/**
 * Colours of runs by one value each (as text; null where a run has none). More different numbers than there are colours
 * run along a scale, logarithmic where they are positive and span a factor of ten; the rarest texts become "other".
 */
export function colouringOf(
  values: ReadonlyMap<string, string | null>,
  theme: ChartTheme,
  text: ValueText = shortNumber,
): Colouring {
  const counts = new Map<string, number>();
  for (const value of values.values()) counts.set(value ?? UNKNOWN, (counts.get(value ?? UNKNOWN) ?? 0) + 1);
  const numbers = [...counts.keys()].filter((v) => v !== UNKNOWN).map(Number);
  if (numbers.length > MOST_CLASSES && numbers.every(Number.isFinite)) return scale(values, numbers, theme, text);
  const named = format.apart(counts.keys(), text);
  const nameOf = (value: string) => (value === UNKNOWN ? UNKNOWN : named(value));
  const byCount = [...counts].sort((p, q) => q[1] - p[1] || compare(p[0], q[0]));
  const shown = byCount.length > MOST_CLASSES ? byCount.slice(0, MOST_CLASSES - 1) : byCount;
  const rest = byCount.slice(shown.length).reduce((n, [, runs]) => n + runs, 0);
  shown.sort((p, q) => compare(p[0], q[0]));
  const colours = new Map(
    shown.map(([value], i) => [value, value === UNKNOWN ? theme.muted : categoryColour(i, theme)]),
  );
  return {
    kind: "classes",
    nameOf,
    of: (runId) => colours.get(values.get(runId) ?? UNKNOWN) ?? theme.muted,
    classes: [
      ...shown.map(([value, runs]) => ({ name: nameOf(value), colour: colours.get(value)!, runs })),
      ...(rest > 0 ? [{ name: OTHER, colour: theme.muted, runs: rest }] : []),
    ],
  };
}

/** Every run in a colour of its own; the palette comes round again after its end. */
export function colouringByRun(runs: readonly { id: string; name: string }[], theme: ChartTheme): Colouring {
  const colours = new Map(
    runs.map((r, i) => [r.id, runs.length === 1 ? theme.accent : categoryColour(i, theme)] as const),
  );
  const counts = new Map<string, number>();
  for (const r of runs) counts.set(r.name, (counts.get(r.name) ?? 0) + 1);
  const names = new Map(
    runs.map(({ id, name }) => [id, counts.get(name) === 1 ? name : `${name} (${id.slice(0, 8)})`]),
  );
  const nameOf = (runId: string) => names.get(runId) ?? runId;
  return {
    kind: "classes",
    nameOf,
    of: (runId) => colours.get(runId) ?? theme.muted,
    classes: runs.slice(0, MOST_RUNS).map((r) => ({ name: nameOf(r.id), colour: colours.get(r.id)!, runs: 1 })),
  };
}

/** The class that a value (of runs in a colour each: an id) belongs to, by the name that the legend shows. */
export function classOf(colouring: Colouring, value: string | null): string | null {
  if (colouring.kind === "scale") return null;
  const name = colouring.nameOf(value ?? UNKNOWN);
  return colouring.classes.some((c) => c.name === name) ? name : OTHER;
}

function scale(
  values: ReadonlyMap<string, string | null>,
  numbers: number[],
  theme: ChartTheme,
  text: ValueText,
): Colouring {
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
  const named = format.apart([String(min), String(max)], text);
  const log = min > 0 && max / min >= 10;
  const place = (v: number) => (log ? Math.log(v / min) / Math.log(max / min) : (v - min) / (max - min));
  return {
    kind: "scale",
    of: (runId) => {
      const value = values.get(runId);
      return value == null ? theme.muted : lrColour(place(Number(value)), theme);
    },
    low: named(String(min)),
    high: named(String(max)),
    unknown: [...values.values()].filter((v) => v === null).length,
  };
}

/** Numbers before texts, by size. */
function compare(p: string, q: string): number {
  const [x, y] = [Number(p), Number(q)];
  if (Number.isFinite(x) && Number.isFinite(y)) return x - y;
  return p.localeCompare(q);
}

/** A number as people write it; any other text as it is. */
export function shortNumber(value: string, digits = 5): string {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) return value;
  return String(number).length <= 8 ? String(number) : format.significant(number, digits);
}
