import type { RunPoint } from "../estimate";

const NUMBERS: Record<string, (p: RunPoint) => number | null> = {
  lr: (p) => p.peakLr,
  batchSeqs: (p) => p.batchSeqs,
  tokens: (p) => p.tokens,
  params: (p) => p.params.nonEmbedding ?? p.params.total ?? p.params.active,
  width: (p) => p.width,
  depth: (p) => p.depth,
  seqLen: (p) => p.seqLen,
  seed: (p) => p.seed,
  loss: (p) => p.loss,
};

const TEXTS: Record<string, (p: RunPoint) => string | null> = {
  architecture: (p) => p.architecture,
  parametrization: (p) => p.parametrization,
  schedule: (p) => p.schedule,
  data: (p) => p.data,
};

/**
 * A test of run points from text such as `width=32,tokens<=524288,architecture=dense` (all parts must hold; = != < <= > >=).
 * Throws an Error that quotes the part it cannot read.
 */
export function parseFilter(text: string): (point: RunPoint) => boolean {
  const tests = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map(parsePart);
  return (point) => tests.every((test) => test(point));
}

function parsePart(part: string): (point: RunPoint) => boolean {
  const [, field = "", operator = "", value = ""] = /^(\w+)\s*(<=|>=|!=|=|<|>)\s*(.+)$/.exec(part) ?? [];
  const text = TEXTS[field];
  if (text && (operator === "=" || operator === "!=")) return (p) => (text(p) === value) === (operator === "=");
  const number = NUMBERS[field];
  const bound = Number(value);
  if (!number || Number.isNaN(bound)) {
    const fields = [...Object.keys(NUMBERS), ...Object.keys(TEXTS)].join(", ");
    throw new Error(`filter: "${part}" is not of the form field=value, field<value ...; fields are ${fields}`);
  }
  return (p) => {
    const v = number(p);
    return v !== null && compares(v, operator, bound);
  };
}

function compares(v: number, operator: string, bound: number): boolean {
  switch (operator) {
    case "=":
      return v === bound;
    case "!=":
      return v !== bound;
    case "<":
      return v < bound;
    case "<=":
      return v <= bound;
    case ">":
      return v > bound;
    default:
      return v >= bound;
  }
}
