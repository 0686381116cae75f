import { curvesOf, optimaOf } from "../../lib/estimate";
import { fitLaw, fitSettingsSchema, type LrForm, type Range } from "../../lib/fit";
import { type encodeReal, modelSchema, paramCounts, type RunConfig } from "../../lib/protocol";
import { type RecommendationTarget, recommend, recommendationTargetSchema } from "../../lib/recommend";
import { dimensionsOf, type RunPoint, runPointsOf } from "../../lib/run";
import { configIn, PROXY_365K, type SearchSpace, sweepJobs } from "../../lib/sweep";

/** What the trainer made of one run; a loss that JSON has no number for is a word. */
export type TrainedRun = {
  config: RunConfig;
  finalLoss: ReturnType<typeof encodeReal>;
  trainTailLoss: ReturnType<typeof encodeReal>;
  diverged: boolean;
};

/** The sweep of a preset, and the larger runs that its law has not seen. */
export type Experiment<R> = { sweep: R[]; heldOut: R[] };

const BATCH_SEQS = 8;
/** Whatever the advice is: the window of the presets for this batch, and half octaves about its middle. */
const HELD_OUT_RATES = [0.001, 0.002, 0.0028, 0.004, 0.0056, 0.008, 0.016];
/** Another order of the text and other first weights than any run of the sweep. */
const SEED_OFFSET = 1_000;
/** Above this factor each way an interval says too little. */
export const WIDEST_FACTOR = 1.6;

/** The configs of a sweep at one seed and of a curve of the larger model at the longest length. */
export function experimentOf(
  space: SearchSpace,
  seed: number,
  { rates = HELD_OUT_RATES, curves = 1 } = {},
): Experiment<RunConfig> {
  const sweep = sweepJobs({ ...space, seeds: [seed] }).flatMap((job) => job.runs);
  const tokens = Math.max(...space.tokens);
  const model = modelSchema.parse(PROXY_365K);
  const place = { model, parametrization: space.parametrizations[0]!, batchSeqs: BATCH_SEQS, tokens };
  const heldOut = Array.from({ length: curves }, (_, i) => seed + SEED_OFFSET * (i + 1)).flatMap((other) =>
    rates.map((peakLr) => configIn(space, { ...place, peakLr, seed: other })),
  );
  return { sweep, heldOut };
}

/** The run that advice is asked for: that of the held-out curve. */
export function targetOf({ model, batchSeqs, tokens, optimizer, schedule }: RunConfig): RecommendationTarget {
  const { width, depth, seqLen } = model;
  const { weightDecay } = optimizer;
  const { warmupTokens, decayFraction, decayShape } = schedule;
  const { nonEmbedding } = paramCounts(model);
  return recommendationTargetSchema.parse({
    ...{ params: nonEmbedding, tokens, batchSeqs, seqLen, width, depth, weightDecay, optimizer: "adamw" },
    ...{ warmupTokens, decayFraction, decayShape },
  });
}

/** Advice from the sweep alone, judged by the held-out curve. */
export function judge({ sweep, heldOut }: Experiment<TrainedRun>, form: LrForm) {
  const settings = fitSettingsSchema.parse({ form });
  const result = fitLaw(pointsOf(sweep), settings);
  const advice = recommend(result, targetOf(heldOut[0]!.config));
  const coefficients = result.fit?.kind === "lr" ? result.fit.law : {};
  if (!advice?.wsd) throw new Error(advice?.missing.join(" ") ?? result.notIdentifiable?.message ?? "no law");
  const { peakLr, interval, confidence, prediction } = advice.wsd;
  // As the product reads the curves of a sweep; the parabola of its own stands beside it.
  const { optima, bend } = optimaOf(curvesOf(pointsOf(heldOut), settings), settings.estimator);
  const curve = optima[0]!;
  if (curve.status !== "ok" || !curve.estimate) throw new Error(`the held-out curve is ${curve.status}`);
  const { lr, se } = curve.estimate;
  const { k, g } = bend!.shapes[curve.sizeKey]!;
  const off = Math.log(peakLr / lr);
  return {
    form,
    coefficients,
    peakLr,
    law: intervalAbout(peakLr, interval ?? confidence, lr),
    optimum: intervalAbout(peakLr, prediction, lr),
    best: { lr, se, ownParabola: curve.ew?.lr ?? null, argmin: curve.argmin!.lr },
    offOctaves: off / Math.LN2,
    regret: Math.expm1(k * off ** 2 + g * off ** 3),
  };
}

function intervalAbout(peakLr: number, { low, high }: Range, best: number) {
  return { low, high, factor: Math.max(high / peakLr, peakLr / low), held: low <= best && best <= high };
}

/** As a finished run of the product becomes a point. */
export function pointsOf(runs: readonly TrainedRun[]): RunPoint[] {
  const rows = runs.map(({ config, diverged, finalLoss, trainTailLoss }, i) => ({
    ...dimensionsOf(config),
    ...{ id: String(i).padStart(6, "0"), state: "finished", diverged, tags: [], recipe: null, baseDepth: null },
    ...{ finalLoss: Number(finalLoss), trainTailLoss: Number(trainTailLoss) },
  }));
  return runPointsOf(rows as Parameters<typeof runPointsOf>[0]);
}
