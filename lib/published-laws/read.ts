import { anyParams, type Dimensions, type ParamDefinition, paramsBy } from "../run";
import type { Known, PublishedLaw, PublishedPoint, Quantity } from "./law";

/** A value in the units of its quantity, or why there is none. */
export type Reading = { value: number; reason: null } | { value: null; reason: string };

/** What a law gives at a point. */
export function readPublished(law: PublishedLaw, quantity: Quantity, point: PublishedPoint): Reading {
  const formula = law.gives[quantity];
  if (!formula) return none(`it gives no ${QUANTITY_WORDS[quantity]}`);
  const known = knownAt(point);
  const missing = formula.needs.filter((need) => !(known[need] > 0 && Number.isFinite(known[need])));
  if (missing.length > 0) return none(`it needs ${missing.map((need) => needWords(need, law)).join(" and ")}`);
  const value = formula.of(known);
  if (!(value > 0 && Number.isFinite(value)))
    return none(`its formula gives no positive ${QUANTITY_WORDS[quantity]} here`);
  return { value, reason: null };
}

export const QUANTITY_WORDS = {
  rate: "learning rate",
  batchTokens: "batch",
  criticalBatchTokens: "critical batch",
  timescale: "timescale",
} as const satisfies Record<Quantity, string>;

/** Whether a law's rate follows the batch; one that does not holds at the best batch of a size and length. */
export function knowsBatch(law: PublishedLaw): boolean {
  return law.gives.rate?.needs.includes("batchTokens") ?? false;
}

type Counts = Pick<Dimensions, "paramsNonEmbedding" | "paramsTotal" | "paramsActive">;

/** N by the law's own count, else by the first that is known. */
export function paramsFor(law: PublishedLaw, run: Counts): number | null {
  return paramsBy(law.params ?? "nonEmbedding", run) ?? anyParams(run);
}

export type Place = "inside" | "outside" | "unknown";

/** Where a point lies to what the source's runs spanned; unknown where either does not say. */
export function placeIn({ domain }: PublishedLaw, point: PublishedPoint, architecture = "unknown"): Place {
  const known = knownAt(point);
  const at = { ...known, tokensPerParam: known.tokens / known.params };
  const places = (["params", "tokens", "batchTokens", "compute", "tokensPerParam"] as const).flatMap(
    (axis): Place[] => {
      const range = domain[axis];
      if (!range) return [];
      if (!Number.isFinite(at[axis])) return ["unknown"];
      return [at[axis] >= range.low && at[axis] <= range.high ? "inside" : "outside"];
    },
  );
  if (domain.architecture && architecture !== "unknown")
    places.push(architecture.toLowerCase().startsWith(domain.architecture) ? "unknown" : "outside");
  if (places.includes("outside")) return "outside";
  return places.length === 0 || places.includes("unknown") ? "unknown" : "inside";
}

/** NaN where it is not known. */
function knownAt({ tokens, params, batchSeqs, seqLen, loss }: PublishedPoint): Known {
  const at = { tokens: tokens ?? Number.NaN, params: params ?? Number.NaN, loss: loss ?? Number.NaN };
  const batchTokens = (batchSeqs ?? Number.NaN) * (seqLen ?? Number.NaN);
  return { ...at, batchTokens, compute: 6 * at.params * at.tokens };
}

/** Whether a law's rate follows the number of parameters. */
export function knowsParams(law: PublishedLaw): boolean {
  return law.gives.rate?.needs.some((need) => need === "params" || need === "compute") ?? false;
}

export const COUNTS = {
  nonEmbedding: "the number of non-embedding parameters",
  total: "the number of all parameters",
  active: "the number of active parameters",
} as const satisfies Record<ParamDefinition, string>;

function needWords(need: keyof Known, { params }: PublishedLaw): string {
  const count = COUNTS[params ?? "nonEmbedding"];
  return {
    tokens: "the number of training tokens",
    params: count,
    batchTokens: "batch and sequence length",
    loss: "the loss",
    compute: `${count} and of training tokens`,
  }[need];
}

const none = (reason: string): Reading => ({ value: null, reason });
