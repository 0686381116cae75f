import { readNumber } from "../format";
import { anyParams, type RunPoint } from "../run";

const NUMBERS: Record<string, (p: RunPoint) => number | null> = {
  lr: (p) => p.peakLr,
  batchSeqs: (p) => p.batchSeqs,
  batchTokens: (p) => p.batchSeqs * (p.seqLen ?? 1),
  tokens: (p) => p.tokens,
  params: (p) => anyParams(p),
  paramsTotal: (p) => p.paramsTotal,
  paramsActive: (p) => p.paramsActive,
  width: (p) => p.width,
  depth: (p) => p.depth,
  seqLen: (p) => p.seqLen,
  seed: (p) => p.seed,
  loss: (p) => p.finalLoss,
};

/** The names that the list of runs has for the same. */
const OTHER_NAMES: Record<string, string> = { batch: "batchSeqs", peakLr: "lr", finalLoss: "loss" };

const TEXTS: Record<string, (p: RunPoint) => string | null> = {
  architecture: (p) => p.architecture,
  parametrization: (p) => p.parametrization,
  schedule: (p) => p.schedule,
  data: (p) => p.data,
  metric: (p) => p.lossMetric ?? null,
  taken: (p) => p.lossTaken ?? null,
};

/**
 * A test of run points from text such as `width=32|64,tokens<=524288,architecture=dense` (all parts must hold; = != < <= >
 * >=; | between values of which one must be equal). Equal numbers may differ by rounding to single precision.
 * Numbers as people write them (256k, 10B); parts may also be separated by blanks, as in the list of runs.
 * Throws an Error that quotes the part it cannot read.
 */
export function parseFilter(text: string): (point: RunPoint) => boolean {
  const tests = text
    .split(/,|(?<!\s)\s+and\s+|(?<!\s)\s+(?=\w+\s*(?:[<>=]|!=))/)
    .map((part) => part.trim())
    .filter(Boolean)
    .map(parsePart);
  return (point) => tests.every((test) => test(point));
}

function parsePart(part: string): (point: RunPoint) => boolean {
  const [, name = "", operator = "", value = ""] = /^(\w+)\s*(<=|>=|!=|==?|<|>)\s*(.+)$/.exec(part) ?? [];
  const field = OTHER_NAMES[name] ?? name;
  const values = value.split("|").map((v) => v.trim());
  const isEquality = operator.startsWith("=") || operator === "!=";
  const text = TEXTS[field];
  if (text && isEquality) return (p) => values.includes(text(p) ?? "") === (operator !== "!=");
  if (field === "tag" && isEquality) return (p) => values.some((v) => p.tags?.includes(v)) === (operator !== "!=");
  const number = NUMBERS[field];
  const bounds = values.map((v) => readNumber(v) ?? Number.NaN);
  if (!number || bounds.some(Number.isNaN) || (bounds.length > 1 && !isEquality)) {
    const fields = [...Object.keys(NUMBERS), ...Object.keys(TEXTS), "tag"].join(", ");
    const shown = part.length > 120 ? `${part.slice(0, 120)}...` : part;
    throw new Error(`filter: "${shown}" is not of the form field=value, field<value ...; fields are ${fields}`);
  }
  return (p) => {
    const v = number(p);
    if (v === null) return false;
    return isEquality
      ? bounds.some((b) => sameNumber(v, b)) === (operator !== "!=")
      : compares(v, operator, bounds[0]!);
  };
}

function sameNumber(p: number, q: number): boolean {
  return p === q || Math.abs(p - q) <= 1e-6 * Math.abs(q);
}

function compares(v: number, operator: string, bound: number): boolean {
  if (operator === "<") return v < bound;
  if (operator === "<=") return v <= bound;
  return operator === ">" ? v > bound : v >= bound;
}
