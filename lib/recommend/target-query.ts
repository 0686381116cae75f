import { readNumber } from "../format";
import { type RecommendationTarget, recommendationTargetSchema } from "./target";

const NUMBERS = new Set([
  "params",
  "tokens",
  "batchSeqs",
  "seqLen",
  "width",
  "depth",
  "baseWidth",
  "weightDecay",
  "warmupTokens",
  "decayFraction",
  "cap",
  "amplitudeRatio",
]);

/**
 * A target from text such as `tokens=1e12,batchSeqs=1024,seqLen=4096` (or the same as JSON), over a base for what is
 * not said; `unknown` and `any` stand for null. Throws an Error that quotes what it cannot read.
 */
export function parseTargetQuery(text: string, base: Partial<RecommendationTarget> = {}): RecommendationTarget {
  const parsed = recommendationTargetSchema.safeParse({ ...base, ...fieldsOf(text) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`target: ${issue?.path.join(".") || text}: ${issue?.message}`);
}

function fieldsOf(text: string): Record<string, unknown> {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch (e) {
      throw new Error(`target: not JSON: ${(e as Error).message}`);
    }
  }
  return Object.fromEntries(
    text
      .split(",")
      .filter((part) => part.trim() !== "")
      .map((part) => {
        const [, name = "", value = ""] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(part) ?? [];
        if (!name) throw new Error(`target: "${part}" is not of the form name=value`);
        if (value === "unknown" || value === "any") return [name, null];
        return [name, NUMBERS.has(name) ? (readNumber(value) ?? value) : value];
      }),
  );
}

/** How far two targets are apart: the sum of |log2| of what both give, and 10 for every word that differs. */
export function targetDistance(p: RecommendationTarget, q: RecommendationTarget): number {
  const octaves = (a: number | null, b: number | null) => (a === null || b === null ? 0 : Math.abs(Math.log2(a / b)));
  const words = [
    [p.architecture, q.architecture],
    [p.parametrization, q.parametrization],
    [p.schedule, q.schedule],
  ].filter(([a, b]) => a !== null && b !== null && a !== b).length;
  const numbers = octaves(p.tokens, q.tokens) + octaves(p.batchSeqs * p.seqLen, q.batchSeqs * q.seqLen);
  return numbers + octaves(p.params, q.params) + octaves(p.width, q.width) + octaves(p.depth, q.depth) + 10 * words;
}
