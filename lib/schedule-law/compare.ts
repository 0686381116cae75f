import { type DecayShape, decayLabel, decayShapes, type Schedule } from "../schedule";
import { domainWarnings, isBeyond, type LawDomain, type LawWarning } from "./domain";
import { predictLoss, type ScheduleLaw } from "./law";
import { type RunLength, runSchedule, stepsOf } from "./run-schedule";
import { largestOf } from "./schedule";

/** A Power schedule, min(cap, batch a n^b), by its name: an LR after n tokens, the batch in sequences. */
export type NamedPower = { name: string; a: number; b: number; cap: number };

/** The run that schedules are compared for; `decay` is its own, which Power schedules to compare too end with. */
export type ComparedRun = RunLength & {
  warmupTokens: number;
  peakLr: number;
  power?: readonly NamedPower[];
  decay?: { decayFraction: number; decayShape: DecayShape };
};

export type Candidate = { name: string; schedule: Schedule };

/**
 * A schedule with its predicted final loss, and how far that lies above the least of all, in the loss's own unit.
 * `ownPeak`: the same at the best of `PEAK_FACTORS` times the peak (of a Power schedule times a, its cap stays);
 * `atEnd` where the search would have gone on. `beyond`: its highest rate is outside the peaks of the curves, where
 * they are known.
 */
export type ComparedSchedule = Candidate & {
  loss: number;
  difference: number;
  beyond: boolean;
  ownPeak: OwnPeak | null;
};

type OwnPeak = {
  factor: number;
  peakLr: number;
  loss: number;
  difference: number;
  atEnd: "low" | "high" | null;
  beyond: boolean;
};

export type ScheduleComparison = {
  steps: number;
  /** Least loss at the given peak first. */
  schedules: ComparedSchedule[];
  leftOut: { name: string; reason: string }[];
  warnings: LawWarning[];
};

const DECAY_FRACTIONS = [0.05, 0.1, 0.2, 0.4];

/** Half octaves about the given peak. */
export const PEAK_FACTORS = Array.from({ length: 13 }, (_, i) => Math.exp(((i - 6) * Math.LN2) / 2));

/** Final loss that a law predicts for a run of a schedule. */
export function finalLoss(law: ScheduleLaw, schedule: Schedule, run: RunLength, most?: number): number {
  return predictLoss(law, runSchedule(schedule, run, most), [stepsOf(run) - 1])[0]!;
}

export function highestRate(schedule: Schedule, run: RunLength): number {
  return largestOf(runSchedule(schedule, run).rates);
}

/**
 * Predicted final losses of one run under several schedules: WSD by decay and shape, cosine to a tenth and to zero,
 * constant, and the run's Power schedules. The same input gives the same order.
 */
export function compareSchedules(
  law: ScheduleLaw,
  run: ComparedRun,
  { domain, candidates = candidatesOf(run), ownPeak = false }: CompareOptions = {},
): ScheduleComparison {
  const beyond = (schedule: Schedule) => domain !== undefined && isBeyond(domain, highestRate(schedule, run));
  const reasons = candidates.map(({ schedule }) => cannotRun(schedule, run));
  const compared = candidates
    .filter((_, i) => reasons[i] === null)
    .map((candidate) => ({
      ...candidate,
      loss: finalLoss(law, candidate.schedule, run),
      beyond: beyond(candidate.schedule),
      ownPeak: ownPeak ? bestPeak(law, candidate.schedule, run) : null,
    }));
  const least = Math.min(...compared.map((c) => c.loss));
  const leastOwn = Math.min(...compared.map((c) => c.ownPeak?.loss ?? Infinity));
  return {
    steps: stepsOf(run),
    schedules: compared
      .map(({ ownPeak, ...c }) => ({
        ...c,
        difference: c.loss - least,
        ownPeak: ownPeak && {
          ...ownPeak,
          difference: ownPeak.loss - leastOwn,
          beyond: beyond(atPeak(c.schedule, ownPeak.factor)),
        },
      }))
      .sort((p, q) => p.loss - q.loss || (p.name < q.name ? -1 : 1)),
    leftOut: candidates.flatMap(({ name }, i) => (reasons[i] ? [{ name, reason: reasons[i] }] : [])),
    warnings: domain ? domainWarnings(domain, run) : [],
  };
}

export type CompareOptions = { domain?: LawDomain; candidates?: readonly Candidate[]; ownPeak?: boolean };

function candidatesOf(run: ComparedRun): Candidate[] {
  const { warmupTokens, peakLr, power = [], decay } = run;
  const base: Schedule = {
    ...{ kind: "constant", peakLr, warmupTokens, decayFraction: 0.1, decayShape: "exp", finalLrFraction: 0 },
    ...{ a: 4, b: -0.51 },
  };
  const named = (part: Partial<Schedule>): Candidate => {
    const schedule: Schedule = { ...base, ...part, kind: "wsd" };
    return { name: `WSD ${decayLabel(schedule)}`, schedule };
  };
  const grid = DECAY_FRACTIONS.flatMap((decayFraction) =>
    decayShapes.map((decayShape) => named({ decayFraction, decayShape })),
  );
  const own = decay ? [named(decay)].filter(({ name }) => grid.every((other) => other.name !== name)) : [];
  return [
    ...grid,
    ...own,
    { name: "cosine to 10%", schedule: { ...base, kind: "cosine", finalLrFraction: 0.1 } },
    { name: "cosine to 0", schedule: { ...base, kind: "cosine" } },
    { name: "constant", schedule: base },
    ...power.map(({ name, cap, a, b }) => ({
      name,
      schedule: { ...base, ...decay, kind: "power" as const, peakLr: cap, a, b },
    })),
  ];
}

/** Why a run has no such schedule; null where it has. */
function cannotRun(schedule: Schedule, run: RunLength): string | null {
  if (stepsOf(run) < 3) return "the run has fewer than three steps";
  const decays = schedule.kind === "wsd" || schedule.kind === "power";
  const stable = decays ? (1 - schedule.decayFraction) * run.tokens : run.tokens;
  return schedule.warmupTokens <= stable ? null : "the warmup is longer than what the decay leaves";
}

function bestPeak(law: ScheduleLaw, schedule: Schedule, run: RunLength): Omit<OwnPeak, "difference" | "beyond"> {
  const losses = PEAK_FACTORS.map((factor) => finalLoss(law, atPeak(schedule, factor), run));
  const best = losses.reduce((least, loss, i) => (loss < losses[least]! ? i : least), 0);
  const factor = PEAK_FACTORS[best]!;
  return {
    factor,
    peakLr: schedule.kind === "power" ? schedule.peakLr : schedule.peakLr * factor,
    loss: losses[best]!,
    atEnd: best === 0 ? "low" : best === losses.length - 1 ? "high" : null,
  };
}

function atPeak(schedule: Schedule, factor: number): Schedule {
  if (schedule.kind === "power") return { ...schedule, a: schedule.a * factor };
  return { ...schedule, peakLr: schedule.peakLr * factor };
}
