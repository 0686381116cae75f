import type { FitResult } from "../fit";
import { learningRate, significant, tokenCount } from "../format";
import type { PowerAdvice, RecommendationWarning, WsdAdvice } from "./advice";
import { amplitudeWarnings } from "./amplitude";
import { type BestBatch, notBest } from "./batch";
import { unknownOfFactor } from "./class-rates";
import type { TargetDistance } from "./distance";
import { recipeWarnings } from "./recipe-warnings";
import type { RecommendationTarget } from "./target";
import type { Timescale } from "./timescale";

/** What a transfer report says, as far as a recommendation needs it. */
export type TransferSummary = { target: string; verdict: "pass" | "warn" | "fail" | "inconclusive"; sentence: string };

type Context = {
  result: FitResult;
  target: RecommendationTarget;
  wsd: WsdAdvice | null;
  power: PowerAdvice | null;
  /** The same under the other reading of the batch; null where there is no rate, or no other one. */
  otherReading: { peakLr: number } | null;
  otherPower: PowerAdvice | null;
  bestBatch: BestBatch | null;
  timescale: Timescale | null;
  sweepSeqLen: number | null;
  transfer: readonly TransferSummary[];
  distances: readonly TargetDistance[];
};

/** Beyond this factor outside the data a prediction is marked. */
export const EXTRAPOLATION_LIMIT = 10;
/** Width and depth change the model itself, so they are marked at once. */
const SHAPE_LIMIT = 1;

/** Everything that should make a reader hesitate before using a recommendation. */
export function recommendationWarnings(context: Context): RecommendationWarning[] {
  return [
    ...extrapolationWarnings(context),
    ...recipeWarnings(context.result, context.target, context.timescale),
    ...settingWarnings(context),
    ...powerWarnings(context),
    ...transferWarnings(context.transfer),
    ...context.result.warnings.map((w) => ({ code: `fit:${w.code}`, message: w.message })),
  ];
}

function extrapolationWarnings({ distances, wsd }: Context): RecommendationWarning[] {
  const allowed = wsd?.straight
    ? "The interval allows for a bend as large as laws were found to have, not for a larger one."
    : "The interval does not cover the risk that the law bends.";
  return distances.flatMap(({ dimension, target, data, factor, unit }) => {
    const limit = dimension === "width" || dimension === "depth" ? SHAPE_LIMIT : EXTRAPOLATION_LIMIT;
    if (factor <= limit) return [];
    const times = Number(factor.toPrecision(2));
    const said = dimension === "compute" || dimension === "tokens per parameter" ? significant : tokenCount;
    const measured = data.low === data.high ? said(data.low) : `${said(data.low)} to ${said(data.high)}`;
    return {
      code: `extrapolation-${dimension.replaceAll(" ", "-")}`,
      message: `${NAMES[dimension]} ${said(target)}${unit ? ` ${unit}` : ""}, data ${measured}: ${times} times outside. ${allowed}`,
    };
  });
}

const NAMES = {
  tokens: "Tokens",
  batch: "Batch",
  parameters: "Parameters",
  compute: "Compute 6 N T",
  "tokens per parameter": "Tokens per parameter",
  width: "Width",
  depth: "Depth",
} as const satisfies Record<TargetDistance["dimension"], string>;

function settingWarnings(context: Context): RecommendationWarning[] {
  const { result, target, bestBatch } = context;
  const warnings: RecommendationWarning[] = [];
  const add = (code: string, message: string | null) => message !== null && warnings.push({ code, message });
  add("sequence-length", readingWarning(context));
  add("timescale-decay", context.wsd && decayWarning(context));
  add("best-batch", context.wsd && bestBatch && notBest(bestBatch));
  const widths = result.optima.filter((o) => o.used).map((o) => o.dims.width);
  if (target.parametrization === "standard" && target.width !== null && !widths.includes(target.width)) {
    add(
      "width",
      "Under the standard parametrization the best LR falls with width; this law was not measured at the target's width.",
    );
  }
  const missing = unknownOfFactor(target);
  if (missing !== null)
    add(
      missing === "parametrization" ? "parametrization-unknown" : "width-unknown",
      `Without the target's ${missing} the LR of the hidden matrices cannot be given.`,
    );
  return warnings;
}

/** Of a law of the weights' timescale: at which weight decay its rate holds. */
function decayWarning({ result, target }: Context): string | null {
  const step = result.fit?.kind === "lr" ? result.fit.step : undefined;
  if (!step || target.weightDecay !== null) return null;
  const decays = new Set(result.optima.flatMap((o) => (o.used ? [o.dims.weightDecay] : [])));
  const whose = decays.size === 1 ? "that of the runs" : "that of the run with the least loss";
  return `This law gives the rate at a weight decay, here ${step.weightDecay}, ${whose}; twice the decay halves the rate. Give the target's weight decay.`;
}

/** The rates under both readings of the batch, where they differ. */
function readingWarning({ target, wsd, power, sweepSeqLen, otherReading, otherPower }: Context): string | null {
  if (sweepSeqLen === null || sweepSeqLen === target.seqLen) return null;
  const other = target.batchReading === "sequences" ? "tokens" : "sequences";
  const rates = target.tokens === null ? [power?.a, otherPower?.a] : [wsd?.peakLr, otherReading?.peakLr];
  const [own, others] = rates.map((rate) => (rate === undefined ? "no rate" : learningRate(rate)));
  const what = target.tokens === null ? "the amplitude a" : "the peak";
  const said = `The sweep used sequences of ${sweepSeqLen} tokens, the target ${target.seqLen}. `;
  return `${said}Its batch is read as that many ${target.batchReading}, by which ${what} is ${own}; read as ${other} it is ${others}. Which holds was not measured.`;
}

function powerWarnings({ power, target }: Context): RecommendationWarning[] {
  if (!power) return [];
  const exponent = {
    code: "horizon-exponent",
    message: `The power schedule falls by the exponent ${significant(power.b)} with which the best peak of WSD runs falls with their length at one batch. That a running rate should fall by the same exponent is an assumption; it was not measured here.`,
  };
  return [...amplitudeWarnings(target), exponent];
}

function transferWarnings(transfer: readonly TransferSummary[]): RecommendationWarning[] {
  if (transfer.length === 0) {
    return [{ code: "no-transfer-check", message: "No transfer check was run for this law." }];
  }
  return transfer.flatMap((t) =>
    t.verdict === "pass" ? [] : [{ code: `transfer-${t.verdict}`, message: `Transfer to ${t.target}: ${t.sentence}` }],
  );
}
