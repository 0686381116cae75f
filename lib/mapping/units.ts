import { lossUnit } from "../run";
import type { Mapping, MappingField } from "./definitions";

/**
 * A unit in which runs elsewhere may say a dimension. `factor` turns it into the unit of the dimension; of a `log` unit
 * it is the natural logarithm that does.
 */
export type Unit = { id: string; label: string; factor: string; log?: true };

const LOSS_UNITS: readonly Unit[] = [
  { id: "one", label: "nats", factor: "" },
  { id: "perplexity", label: "perplexity", factor: "", log: true },
  { id: "bits", label: "bits (per byte or token)", factor: String(Math.LN2) },
];

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
    case "finalLoss":
    case "trainTailLoss":
      return [...LOSS_UNITS];
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
  const inner = /^log\((.*)\)$/s.exec(text)?.[1];
  const log = units.find((u) => u.log);
  if (log && inner !== undefined && isClosed(inner)) return { quantity: inner, unit: log.id };
  // Steps end with the factor of samples: the longest factor is the one that was meant.
  const [found] = units
    .filter(({ factor }) => factor !== "" && text.endsWith(` * ${factor}`))
    .sort((p, q) => q.factor.length - p.factor.length);
  if (!found) return { quantity: text, unit: units[0]?.id ?? "one" };
  return { quantity: unbracketed(text.slice(0, -` * ${found.factor}`.length)), unit: found.id };
}

/** The mapping's text for a quantity in a unit: an expression that any program reads the same, `(D) * 1e9`. */
export function joinUnit(quantity: string, unit: string, units: readonly Unit[]): string {
  const { factor = "", log = false } = units.find((u) => u.id === unit) ?? {};
  if (log && quantity.trim() !== "") return `log(${isExpression(quantity) ? quantity.trim() : bracketed(quantity)})`;
  return factor === "" || quantity.trim() === "" ? quantity : `${bracketed(quantity)} * ${factor}`;
}

/** The unit of a loss that its name says (`one`: nats), among those of `unitsOf`: val_ppl, eval/bits_per_byte. */
export function saidUnit(name: string): "one" | "perplexity" | "bits" {
  const loss = lossUnit(name.trim().replace(/^`(.*)`$/, "$1"));
  return loss === "nats" ? "one" : loss;
}

/** A name as it stands in an expression. */
export function asName(name: string): string {
  return /^[A-Za-z_][\w.]*$/.test(name) ? name : `\`${name}\``;
}

/** Whether every bracket of a text is closed within it. */
function isClosed(text: string): boolean {
  let depth = 0;
  for (const c of text.replace(/`[^`]*`/g, "")) {
    if (c === "(") depth++;
    else if (c === ")" && --depth < 0) return false;
  }
  return depth === 0;
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
