import type { FitSketch, LawPoint, LrFit } from "../fit";
import { paramCounts } from "../protocol";
import type { ParamDefinition } from "../run";
import { configIn, costTokens, InvalidConfigError, type Place, type SearchSpace, scaledModel } from "../sweep";
import { type CandidatePoint, defaultCandidates, type ProposedRun } from "./propose";

type Model = SearchSpace["models"][number];
type Parametrization = SearchSpace["parametrizations"][number];

/** A place that our own trainer can train like the runs of a sweep. */
export type TrainablePlace = { point: CandidatePoint; model: Model };

/** Sizes farther than this factor from the one that is wanted are no stand-in for it. */
const FARTHEST_SIZE = 2;

/**
 * Places of a fit and the next ones towards the target that can be trained like a sweep's runs: its models, larger ones
 * of the same make, and lengths that are whole steps and hold the warmup.
 */
export function trainablePlaces(fit: LrFit, target: LawPoint, space: SearchSpace): TrainablePlace[] {
  const places = new Map<string, TrainablePlace>();
  for (const wanted of defaultCandidates(fit, target)) {
    const model = modelNear(space, wanted.params, fit.paramDefinition);
    if (!model) continue;
    const params = wanted.params === null ? null : paramCounts(model)[fit.paramDefinition];
    const key = `${params} ${wanted.batchSeqs} ${wanted.tokens}`;
    const cost = places.has(key) ? null : costAt(space, model, wanted);
    if (cost !== null) places.set(key, { point: { ...wanted, params, seqLen: model.seqLen, costTokens: cost }, model });
  }
  return [...places.values()];
}

/** The parametrization of the runs behind a fit, as the sweep has it. */
export function parametrizationOf({ optima }: Pick<FitSketch, "optima">, space: SearchSpace): Parametrization {
  const kinds = new Set(optima.filter((o) => o.used).map((o) => o.dims.parametrization));
  return space.parametrizations.find((p) => kinds.has(p.kind)) ?? space.parametrizations[0]!;
}

/** Proposed runs as the trainer is asked for them. Their places are among `places`. */
export function trainableRuns(
  runs: readonly ProposedRun[],
  places: readonly TrainablePlace[],
): (ProposedRun & Pick<Place, "model">)[] {
  const models = new Map(places.map(({ point, model }) => [point.params, model]));
  return runs.map((run) => ({ ...run, peakLr: onGrid(run.peakLr), model: models.get(run.params)! }));
}

/**
 * The nearest of 0.001 times powers of the root of 2: a law that moves a little while its runs arrive asks for the same
 * rates again, and those of the presets are among them.
 */
function onGrid(lr: number): number {
  return Number((0.001 * 2 ** (Math.round(2 * Math.log2(lr / 0.001)) / 2)).toPrecision(6));
}

function modelNear({ models }: SearchSpace, params: number | null, definition: ParamDefinition): Model | null {
  if (params === null) return models[0]!;
  const farness = (model: Model) => Math.abs(Math.log(paramCounts(model)[definition] / params));
  const nearest = models.reduce((best, model) => (farness(model) < farness(best) ? model : best));
  if (farness(nearest) === 0) return nearest;
  const scaled = scaledModel(nearest, params, definition);
  return farness(scaled) <= Math.log(FARTHEST_SIZE) ? scaled : null;
}

/** What one run costs the workers, with its evaluation; null where the trainer cannot train it. */
function costAt(space: SearchSpace, model: Model, { batchSeqs, tokens }: LawPoint): number | null {
  const parametrization = space.parametrizations[0]!;
  try {
    return costTokens([configIn(space, { model, parametrization, batchSeqs, tokens, seed: 1, peakLr: 0.001 })]);
  } catch (e) {
    if (e instanceof InvalidConfigError) return null;
    throw e;
  }
}
