import type { Mapping, MappingField } from "./definitions";

/** A unit in which runs elsewhere may say a dimension. `factor` turns it into the unit of the dimension. */
export type Unit = { id: string; label: string; factor: string };

const METRIC: readonly [id: string, letter: string, factor: string][] = [
  ["k", "thousands (K)", "1e3"],
  ["m", "millions (M)", "1e6"],
  ["b", "billions (B)", "1e9"],
  ["t", "trillions (T)", "1e12"],
];
const metric = (what: string): Unit[] => [
  { id: "one", label: what, factor: "" },
  ...METRIC.map(([id, letter, factor]) => ({ id, label: `${letter} of ${what}`, factor })),
];

/**
 * The units that a dimension can be read in, its own first; empty where there is no choice. Steps become tokens by the
 * batch and the sequence length of the same mapping, samples (sequences) by the sequence length: these two are offered
 * only where that mapping has them.
 */
export function unitsOf(field: MappingField, mapping: Mapping): Unit[] {
  switch (field) {
    case "tokens":
      return [...metric("tokens"), ...sampleUnits(mapping)];
    case "batchTokens":
      return metric("tokens");
    case "paramsNonEmbedding":
    case "paramsTotal":
    case "paramsActive":
      return metric("parameters");
    default:
      return [];
  }
}

function sampleUnits({ batchSeqs, batchTokens, seqLen }: Mapping): Unit[] {
  const units: Unit[] = [];
  if (seqLen) units.push({ id: "samples", label: "samples (sequences)", factor: bracketed(seqLen) });
  if (batchTokens) units.push({ id: "steps", label: "steps", factor: bracketed(batchTokens) });
  else if (batchSeqs && seqLen) {
    units.push({ id: "steps", label: "steps", factor: `${bracketed(batchSeqs)} * ${bracketed(seqLen)}` });
  }
  return units;
}

/**
 * What of a mapping's text is the quantity, and which unit it is said in; the dimension's own where none is recognised.
 */
export function splitUnit(text: string, units: readonly Unit[]): { quantity: string; unit: string } {
  // Steps end with the factor of samples: the longest factor is the one that was meant.
  const [found] = units
    .filter(({ factor }) => factor !== "" && text.endsWith(` * ${factor}`))
    .sort((p, q) => q.factor.length - p.factor.length);
  if (!found) return { quantity: text, unit: units[0]?.id ?? "one" };
  return { quantity: unbracketed(text.slice(0, -` * ${found.factor}`.length)), unit: found.id };
}

/** The mapping's text for a quantity in a unit: an expression that any program reads the same, `(D) * 1e9`. */
export function joinUnit(quantity: string, unit: string, units: readonly Unit[]): string {
  const factor = units.find((u) => u.id === unit)?.factor ?? "";
  return factor === "" || quantity.trim() === "" ? quantity : `${bracketed(quantity)} * ${factor}`;
}

/** A plain name or number as it is, a name with other characters in backticks, anything else in brackets. */
function bracketed(text: string): string {
  const t = text.trim();
  if (/^[\w.]+$/.test(t) || /^`[^`]+`$/.test(t)) return t;
  return isExpression(t) ? `(${t})` : `\`${t}\``;
}

/** Names of columns may hold spaces and brackets; an expression has an operator between its parts. */
function isExpression(text: string): boolean {
  return /[*+/`"']|[\w)] - [\w(]/.test(text);
}

function unbracketed(text: string): string {
  return /^\([^()]*\)$/.test(text) ? text.slice(1, -1) : text;
}
