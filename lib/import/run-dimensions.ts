import { configLookup, configNames, guessMapping, type Mapping, readersOf, valuesOf } from "../mapping";
import { type Dimensions, dimensionNames } from "../run";
import { dimensionSchema } from "../run/schemas";
import type { Recorder } from "./recorder";

const LR_METRIC = /(^|[_./ -])(lr|learning[_ ]?rate)$/i;
/** Tokens of a step, as programs print them. */
const TOKENS_A_STEP = ["tokens_per_iter", "total batch size", "total_batch_size", "batch_size_tokens"];
const STEPS = ["max_iters", "train_iters", "num_iterations", "max_steps", "total_steps", "train_num_batches"];

export interface RunDimensions {
  /** By the config, through a mapping that was guessed: the project's own takes its place. */
  derived: Partial<Dimensions>;
  /** By what was said for all runs, or by the run's own curves where its config does not say it. */
  reported: Partial<Dimensions>;
  /** How the names of the config were read. */
  mapping: Mapping;
  /** Fields of what was said that could not be read, in words. */
  problems: string[];
}

/** What was trained, by the config of a run and, where that does not say it, by its curves. */
export function dimensionsOfRun(run: Recorder, said: Mapping | null): RunDimensions {
  const names = configNames(run.settings);
  const mapping = guessMapping(names);
  const derived = read(run, mapping, names).values;
  const own = said ? read(run, said, names) : { values: {}, problems: [] };
  const known = { ...derived, ...own.values };
  const fromCurves: Partial<Dimensions> = {};
  if (known.peakLr === undefined) set(fromCurves, "peakLr", peakOf(run));
  if (known.tokens === undefined) set(fromCurves, "tokens", tokensOf(run, known));
  return { derived, reported: { ...fromCurves, ...own.values }, mapping, problems: own.problems };
}

function read(run: Recorder, mapping: Mapping, names: readonly string[]) {
  const { readers, problems } = readersOf(mapping, names);
  const { values, problems: unread } = valuesOf(readers, configLookup(run.settings));
  const found: Partial<Dimensions> = {};
  for (const name of dimensionNames) {
    if (name === "finalLoss" || name === "trainTailLoss") continue;
    const value = values[name];
    if (value !== null && value !== undefined) set(found, name, value);
  }
  const batch = values.batchTokens;
  if (found.batchSeqs === undefined && typeof batch === "number" && typeof found.seqLen === "number")
    set(found, "batchSeqs", Math.round(batch / found.seqLen));
  return {
    values: found,
    problems: [
      ...problems.map((p) => `${p.dimension}=${p.text}: ${p.message}`),
      ...unread.map((p) => `${p.dimension} "${p.value}" ${p.message}`),
    ],
  };
}

function set(into: Partial<Dimensions>, name: (typeof dimensionNames)[number], value: unknown): void {
  const parsed = dimensionSchema(name).safeParse(value);
  if (parsed.success && value !== null) Object.assign(into, { [name]: parsed.data });
}

/** The largest rate that was logged. */
function peakOf(run: Recorder): number | null {
  if (run.isListed) return null;
  const metric = run.names.filter((name) => LR_METRIC.test(name)).sort((p, q) => p.length - q.length)[0];
  return metric === undefined ? null : run.largest(metric);
}

/** What was asked for, by steps and tokens a step; else what had been seen at the end. */
function tokensOf(run: Recorder, { batchSeqs, seqLen }: Partial<Dimensions>): number | null {
  const lookup = configLookup(run.settings);
  const number = (names: readonly string[]) =>
    names.map((name) => Number(lookup(name) ?? Number.NaN)).find((v) => Number.isFinite(v) && v > 0);
  const step = number(TOKENS_A_STEP) ?? (batchSeqs && seqLen ? batchSeqs * seqLen : undefined);
  const steps = run.totalSteps ?? number(STEPS) ?? (run.lastStep > 0 ? run.lastStep : undefined);
  if (step !== undefined && steps !== undefined) return step * steps;
  return Number.isNaN(run.lastTokens) ? null : run.lastTokens;
}
