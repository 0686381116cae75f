import tCdf from "@stdlib/stats-base-dists-t-cdf";
import { groupBy, type Optimum } from "../estimate";
import { counted, tokenCount } from "../format";
import {
  type Check,
  differenceVerdict,
  MARGIN,
  MARGIN_LN,
  mean,
  octaves,
  pWords,
  undecided,
  type Verdict,
} from "./check";
import { matchingOf, type Pair, pairsOf } from "./pairs";
import { overTrunks, type TrunkMean } from "./trunks";

/**
 * Target's best rate over the source's, as a factor and in octaves (log2); `margin` is a factor, p are probabilities,
 * `matched` has the two rates of each pair.
 */
export type ShiftEvidence = {
  pairs: number;
  /** Independent values behind the interval: one a batch and seed. */
  trunks: number;
  shiftLog2: number;
  factor: number;
  seLog2: number;
  factorLow: number;
  factorHigh: number;
  minLog2: number;
  maxLog2: number;
  pDifferent: number;
  pEquivalent: number;
  margin: number;
  seedsDiffer: boolean;
  matched: { tokens: number; batchSeqs: number; source: number; target: number }[];
};

const FEWEST_PAIRS = 3;

/**
 * Check 3: mean of ln(target optimum / source optimum) over equal (tokens, batch, recipe), averaged over tokens in each
 * trunk first. Transfer is claimed only when the whole 95% interval, that is two one-sided t tests (TOST, 2.5% each),
 * lies within a factor 1.5, and so does the mean at every token count; a non-significant shift alone proves nothing.
 */
export function shiftCheck(
  source: readonly Optimum[],
  target: readonly Optimum[],
  seedsDiffer: boolean,
): Check<ShiftEvidence> {
  const title = "Shift of the optimum at equal tokens and batch";
  const matching = matchingOf([source, target]);
  const pairs = pairsOf(source, target, matching);
  const n = pairs.length;
  if (n < FEWEST_PAIRS) {
    const found = `${n === 0 ? "no curves" : `only ${counted(n, "curve")}`} of source and target ${n === 1 ? "shares" : "share"}`;
    return undecided("shift", title, `${found} tokens, batch and context; at least ${FEWEST_PAIRS} are needed`);
  }
  const trunkOf = ({ source: s }: Pair) => `${s.sizeKey} ${matching.settingOf(s)} seeds ${s.seeds.join()}`;
  const over = overTrunks(pairs.map((p) => ({ trunk: trunkOf(p), value: shiftOf(p) })));
  if (!over) {
    const why = `all ${n} pairs are of one batch and seed, whose runs share their data order; add another batch or seed`;
    return undecided("shift", title, why);
  }
  const evidence = evidenceOf(pairs, over, seedsDiffer);
  const atTokens = [...groupBy(pairs, ({ source: s }) => String(matching.tokensOf(s))).values()].map((of) => ({
    tokens: of[0]!.target.dims.tokens,
    shift: mean(of.map(shiftOf)),
  }));
  return { name: "shift", title, ...judge(evidence, over, atTokens), evidence };
}

function shiftOf({ source, target }: Pair): number {
  return Math.log(target.estimate!.lr / source.estimate!.lr);
}

function evidenceOf(pairs: readonly Pair[], { n, df, mean: d, se, low, high }: TrunkMean, seedsDiffer: boolean) {
  const shifts = pairs.map(shiftOf);
  return {
    pairs: pairs.length,
    trunks: n,
    shiftLog2: d / Math.LN2,
    factor: Math.exp(d),
    seLog2: se / Math.LN2,
    factorLow: Math.exp(low),
    factorHigh: Math.exp(high),
    minLog2: Math.min(...shifts) / Math.LN2,
    maxLog2: Math.max(...shifts) / Math.LN2,
    pDifferent: 2 * tCdf(-Math.abs(d) / se, df),
    pEquivalent: Math.max(tCdf((d - MARGIN_LN) / se, df), tCdf((-d - MARGIN_LN) / se, df)),
    margin: MARGIN,
    seedsDiffer,
    matched: pairs.map(({ source, target: { dims, estimate } }) => ({
      tokens: dims.tokens,
      batchSeqs: dims.batchSeqs,
      source: source.estimate!.lr,
      target: estimate!.lr,
    })),
  };
}

function judge(
  e: ShiftEvidence,
  over: TrunkMean,
  atTokens: readonly { tokens: number; shift: number }[],
): Pick<Check, "verdict" | "sentence"> {
  const numbers = `Over ${e.pairs} pairs of ${counted(e.trunks, "trunk")} (a batch and seed each) the target's best LR is ${e.factor.toFixed(2)} times the source's (95% interval ${e.factorLow.toFixed(2)} to ${e.factorHigh.toFixed(2)}, ${octaves(over.mean)})`;
  const seeds = e.seedsDiffer ? " Source and target have different seeds, so part of the shift may be seed noise." : "";
  const worst = atTokens.reduce((p, q) => (Math.abs(q.shift) > Math.abs(p.shift) ? q : p));
  const verdict = differenceVerdict(over);
  if (verdict === "pass" && Math.abs(worst.shift) > MARGIN_LN) {
    const there = `at T = ${tokenCount(worst.tokens)} it is ${Math.exp(worst.shift).toFixed(2)} times`;
    return { verdict: "inconclusive", sentence: `${numbers}, but ${there}: no one shift describes it.${seeds}` };
  }
  const words: Record<Verdict, string> = {
    pass: `on average equal within a factor ${MARGIN} (TOST ${pWords(e.pEquivalent)})`,
    fail: `the optimum moves by more than a factor ${MARGIN}`,
    warn: `it differs from the source's (${pWords(e.pDifferent)}), and a shift beyond a factor ${MARGIN} is not excluded`,
    inconclusive: `no shift is shown, and shifts beyond a factor ${MARGIN} remain possible; another seed narrows the interval`,
  };
  return { verdict, sentence: `${numbers}: ${words[verdict]}.${seeds}` };
}
