import type { FitResult, LrFit } from "../fit";
import { tokenCount } from "../format";
import type { PowerAdvice, WsdAdvice } from "./advice";
import type { TargetDistance } from "./distance";
import type { RecommendationTarget } from "./target";

export type RecommendationWarning = { code: string; message: string };

/** What a transfer report says, as far as a recommendation needs it. */
export type TransferSummary = { target: string; verdict: "pass" | "warn" | "fail" | "inconclusive"; sentence: string };

type Context = {
  fit: LrFit;
  result: FitResult;
  target: RecommendationTarget;
  wsd: WsdAdvice | null;
  power: PowerAdvice | null;
  sweepSeqLen: number | null;
  transfer: readonly TransferSummary[];
  distances: readonly TargetDistance[];
};

/** Beyond this factor outside the data a prediction is marked. */
export const EXTRAPOLATION_LIMIT = 10;
/** Width and depth change the model itself, so they are marked sooner. */
const SHAPE_LIMIT = 2;

/** Everything that should make a reader hesitate before using a recommendation. */
export function recommendationWarnings(context: Context): RecommendationWarning[] {
  return [
    ...extrapolationWarnings(context),
    ...settingWarnings(context),
    ...transferWarnings(context.transfer),
    ...context.result.warnings
      .filter((w) => w.severity === "warning")
      .map((w) => ({ code: `fit:${w.code}`, message: w.message })),
  ];
}

function extrapolationWarnings({ distances }: Context): RecommendationWarning[] {
  return distances.flatMap(({ dimension, target, data, factor }) => {
    const limit = dimension === "width" || dimension === "depth" ? SHAPE_LIMIT : EXTRAPOLATION_LIMIT;
    if (factor <= limit) return [];
    const times = Number(factor.toPrecision(2));
    const measured =
      data.low === data.high ? tokenCount(data.low) : `${tokenCount(data.low)} to ${tokenCount(data.high)}`;
    return {
      code: `extrapolation-${dimension}`,
      message: `${NAMES[dimension]} ${tokenCount(target)}, data ${measured}: ${times} times outside. The interval does not cover the risk that the law bends.`,
    };
  });
}

const NAMES = { tokens: "Tokens", batch: "Batch", parameters: "Parameters", width: "Width", depth: "Depth" } as const;

function settingWarnings({ result, target, power, sweepSeqLen }: Context): RecommendationWarning[] {
  const warnings: RecommendationWarning[] = [];
  const add = (code: string, message: string) => warnings.push({ code, message });
  const used = result.optima.filter((o) => o.used);
  if (sweepSeqLen !== null && sweepSeqLen !== target.seqLen) {
    add(
      "sequence-length",
      `The sweep used sequences of ${sweepSeqLen} tokens, the target ${target.seqLen}. The batch is read as ${target.batchReading}; the other reading gives another LR.`,
    );
  }
  const architectures = [...new Set(used.map((o) => o.dims.architecture))];
  if (!architectures.includes(target.architecture)) {
    add("architecture", `The law comes from ${architectures.join(", ")} models, the target is ${target.architecture}.`);
  }
  const kinds = [...new Set(used.map((o) => o.dims.parametrization))];
  if (!kinds.includes(target.parametrization)) {
    add(
      "parametrization",
      `The law comes from the ${kinds.join(", ")} parametrization, the target uses ${target.parametrization}.`,
    );
  }
  const widths = [...new Set(used.map((o) => o.dims.width))];
  if (target.parametrization === "standard" && target.width !== null && !widths.includes(target.width)) {
    add(
      "width",
      "Under the standard parametrization the best LR falls with width; this law was not measured at the target's width.",
    );
  }
  if (target.parametrization === "mup" && target.width === null) {
    add(
      "width-unknown",
      "Without the target's width the LR of the hidden matrices cannot be given; the base LR is shown for them.",
    );
  }
  if (power && target.amplitudeRatio === null) {
    add(
      "amplitude-ratio",
      "The amplitude of the power schedule is the fitted one times 4/4.6, the ratio in the paper for one 36M model; it was not measured here.",
    );
  }
  return warnings;
}

function transferWarnings(transfer: readonly TransferSummary[]): RecommendationWarning[] {
  if (transfer.length === 0) {
    return [{ code: "no-transfer-check", message: "No transfer check was run for this law." }];
  }
  return transfer.flatMap((t) =>
    t.verdict === "pass" ? [] : [{ code: `transfer-${t.verdict}`, message: `Transfer to ${t.target}: ${t.sentence}` }],
  );
}
