import type { FittedOptimum } from "../fit";
import type { PublishedLaw, PublishedPoint } from "./law";
import { paramsFor, readPublished } from "./read";

/** A law's learning rates (y) against tokens (x). */
export type PublishedLine = {
  id: string;
  name: string;
  mark: PublishedLaw["mark"];
  points: { x: number; y: number }[];
};

/**
 * The rates of a law at token counts, at one batch and at the geometric middle of the sizes of some curves, N as for
 * single ones. Empty where it needs what the curves do not say.
 */
export function publishedLine(
  law: PublishedLaw,
  optima: readonly FittedOptimum[],
  { tokens, batchSeqs }: { tokens: readonly number[]; batchSeqs: number },
): PublishedLine {
  const sizes = optima.map((o) => paramsFor(law, o.dims));
  const params = sizes.some((n) => n === null) || sizes.length === 0 ? null : middle(sizes as number[]);
  const at: Omit<PublishedPoint, "tokens"> = { batchSeqs, seqLen: optima[0]?.dims.seqLen ?? null, params };
  const points = tokens.flatMap((x) => {
    const { value } = readPublished(law, "rate", { ...at, tokens: x });
    return value === null ? [] : [{ x, y: value }];
  });
  return { id: law.id, name: law.name, mark: law.mark, points };
}

function middle(values: readonly number[]): number {
  return Math.sqrt(Math.min(...values) * Math.max(...values));
}
