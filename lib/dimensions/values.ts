import { lossTakings } from "../protocol";
import { type Dimension, type DimensionValues, dimensionNames, dimensions } from "./definitions";
import { ExpressionError, type Lookup } from "./expression";
import type { Reader } from "./source";

export type ValueProblem = { dimension: Dimension; value: string; message: string };

const NO_LOSS = /^(|-|nan|n\/?a|[+-]?inf(inity)?|null|none|diverged)$/i;
const YES = /^(1|true|yes|y|diverged)$/i;
const NO = /^(|0|false|no|n|-)$/i;

/**
 * The typed dimensions of one run. A loss that is empty, NaN or infinite is NaN: the run diverged. What a name of its own
 * accord supplies (`implicit`) is left unknown where it does not fit; what was mapped and does not fit is a problem.
 */
export function valuesOf(
  readers: ReadonlyMap<Dimension, Reader>,
  lookup: Lookup,
): { values: DimensionValues; problems: ValueProblem[] } {
  const problems: ValueProblem[] = [];
  const values = Object.fromEntries(dimensionNames.map((d) => [d, null])) as Record<Dimension, number | string | null>;
  for (const [dimension, { read, implicit }] of readers) {
    let raw: unknown;
    try {
      raw = read(lookup);
    } catch (e) {
      if (!(e instanceof ExpressionError)) throw e;
      const needed = dimension === "lr" || dimension === "tokens" || dimension === "loss";
      if (!implicit || needed) problems.push({ dimension, value: "", message: e.message });
      continue;
    }
    const parsed = parse(dimension, raw);
    if ("value" in parsed) values[dimension] = parsed.value;
    else if (!implicit || dimension === "lr" || dimension === "tokens" || dimension === "loss") {
      problems.push({ dimension, value: shown(raw), message: parsed.message });
    }
  }
  return { values: values as DimensionValues, problems };
}

function parse(dimension: Dimension, raw: unknown): { value: number | string | null } | { message: string } {
  const text = shown(raw);
  switch (dimensions[dimension].kind) {
    case "text":
      return { value: text === "" ? null : text };
    case "flag":
      if (YES.test(text)) return { value: 1 };
      return NO.test(text) ? { value: 0 } : { message: "is not yes or no" };
    case "taking": {
      const taking = lossTakings.find((t) => t === text.toLowerCase());
      if (text === "" || taking) return { value: taking ?? null };
      return { message: `is not one of ${lossTakings.join(", ")}` };
    }
    case "loss": {
      if (NO_LOSS.test(text)) return { value: Number.NaN };
      const value = Number(text);
      if (Number.isNaN(value)) return { message: "is not a number" };
      return value > 0 ? { value } : { message: "is not a positive number" };
    }
    case "integer": {
      if (text === "") return { value: null };
      return Number.isSafeInteger(Number(text)) ? { value: Number(text) } : { message: "is not a whole number" };
    }
    default: {
      if (text === "") return { value: null };
      const value = Number(text);
      if (!Number.isFinite(value) || value <= 0) return { message: "is not a positive number" };
      if (dimensions[dimension].kind === "count" && !Number.isInteger(value)) {
        return { message: "is not a whole number" };
      }
      return { value };
    }
  }
}

function shown(raw: unknown): string {
  if (raw === null || raw === undefined) return "";
  return (typeof raw === "object" ? JSON.stringify(raw) : String(raw)).trim();
}
