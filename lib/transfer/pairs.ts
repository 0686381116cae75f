import { type CurveDims, groupBy, type Optimum, SAME_TOKENS } from "../estimate";
import { anyParams, definitionOf, dimensionNames } from "../run";

/** What a curve was trained with beside its size, tokens and batch. */
const recipe = dimensionNames.filter((d) => {
  const { role } = definitionOf(d);
  return role === "curve" || role === "recipe";
}) as (keyof CurveDims)[];

/**
 * How optima of several groups are matched: at the same tokens (to 2%, as whole steps round them), batch and recipe.
 */
export type Matching = {
  tokensOf: (o: Optimum) => number;
  /** What matched optima have in common but for their tokens. */
  settingOf: (o: Optimum) => string;
  keyOf: (o: Optimum) => string;
};

/**
 * A dimension of the recipe of which no two groups share a value cannot be matched by: that the groups differ in it is
 * said beside the checks (`differencesOf`).
 */
export function matchingOf(groups: readonly (readonly Optimum[])[]): Matching {
  const by = recipe.filter((d) => d === "seqLen" || isShared(groups, (o) => o.dims[d]));
  const nominal = nominalTokens(groups.flat());
  const tokensOf = (o: Optimum) => nominal.get(o.dims.tokens)!;
  const settingOf = (o: Optimum) => JSON.stringify([o.dims.batchSeqs, ...by.map((d) => o.dims[d])]);
  return { tokensOf, settingOf, keyOf: (o) => `${tokensOf(o)} ${settingOf(o)}` };
}

/** Whether some value occurs in more than one group. */
export function isShared<T>(groups: readonly (readonly T[])[], of: (item: T) => unknown): boolean {
  const seen = new Set<unknown>();
  for (const group of groups) {
    const values = new Set(group.map(of));
    if ([...values].some((value) => seen.has(value))) return true;
    for (const value of values) seen.add(value);
  }
  return false;
}

export type Pair = { source: Optimum; target: Optimum };

/**
 * Every optimum of the target with the source's that matches it: of several sizes the nearest, of several seeds its
 * own.
 */
export function pairsOf(source: readonly Optimum[], target: readonly Optimum[], { keyOf }: Matching): Pair[] {
  const estimated = (optima: readonly Optimum[]) => optima.filter((o) => o.estimate !== null);
  const byKey = groupBy(estimated(source), keyOf);
  return estimated(target).flatMap((t) => {
    const found = (byKey.get(keyOf(t)) ?? []).reduce<Optimum | null>(
      (best, o) => (best === null || isNearer(o, best, t) ? o : best),
      null,
    );
    return found ? [{ source: found, target: t }] : [];
  });
}

function isNearer(o: Optimum, best: Optimum, target: Optimum): boolean {
  const [p, q] = [sizeDistance(o, target), sizeDistance(best, target)];
  const ownSeeds = (other: Optimum) => other.seeds.join() === target.seeds.join();
  return p < q || (p === q && ownSeeds(o) && !ownSeeds(best));
}

function sizeDistance(p: Optimum, q: Optimum): number {
  const [n, m] = [anyParams(p.dims), anyParams(q.dims)];
  return n === null || m === null ? Number.POSITIVE_INFINITY : Math.abs(Math.log(n / m));
}

/** Token counts by the smallest of those that they differ from by under 2%. */
function nominalTokens(optima: readonly Optimum[]): Map<number, number> {
  const nominal = new Map<number, number>();
  let first = 0;
  for (const tokens of [...new Set(optima.map((o) => o.dims.tokens))].sort((p, q) => p - q)) {
    if (!(tokens <= SAME_TOKENS * first)) first = tokens;
    nominal.set(tokens, first);
  }
  return nominal;
}
