import type { LossTaking } from "../run";
import type { HistoryState } from "./history";
import type { Recorder } from "./recorder";

const LOSS = String.raw`(?:(?:lm|ce|cross[_ ]?entropy)[_./ -]*)*loss$`;
const HELD_OUT = new RegExp(
  String.raw`(?:^|[_./ -])(?:val(?:id(?:ation)?)?|eval(?:uation)?|test|held-?out)(?:[_./ -]+|[_./ -].*[_./ -])${LOSS}`,
  "i",
);
const TRAIN = new RegExp(String.raw`(?:^|[_./ -])(?:train(?:ing)?[_./ -]*)*${LOSS}`, "i");
/** What is added to a loss so that training goes well, and is none of language: z_loss, aux loss, load_balancing_loss. */
const AUXILIARY =
  /(?:^|[_./ -])(?:z|aux(?:iliary)?|moe|router|(?:load[_ -]?)?balanc\w*|mtp(?:[_ -]?\d+)?|reg(?:ulari[sz]ation)?|kl)[_./ -]*loss$/i;
/** The share of a run's last points that its training loss is taken over. */
const TAIL = 0.05;
/** A file that was written to so recently may be one that is still being written. */
const RECENT_MS = 30 * 60_000;

/** What came of a run, and how its losses were taken. */
export interface Result {
  state: HistoryState;
  diverged: boolean;
  /** NaN where it diverged, null where no metric is a loss. */
  finalLoss: number | null;
  lossMetric: string | null;
  lossTaken: LossTaking | null;
  /** The mean over the last twentieth of its points. */
  trainTailLoss: number | null;
}

/**
 * The final loss is the last value of the held-out loss, else of the training loss; a value that is not finite means
 * that the run diverged. Where its files do not say how it ended, a run that stopped short of its last step crashed, or
 * is still running if its files are fresh; any other finished, unless its files are followed (`live`) and fresh.
 */
export function resultOf(
  run: Recorder,
  { modified, now, live }: { modified: number | null; now: number; live: boolean },
): Result {
  const names = [...run.summaries().keys()];
  const own = (name: string | undefined) => (name !== undefined && names.includes(name) ? name : undefined);
  const heldOut = own(run.losses.heldOut) ?? best(names, HELD_OUT);
  const train = own(run.losses.train) ?? best(names, TRAIN, (n) => !HELD_OUT.test(n));
  const lastOf = (name: string) =>
    run.recent(name).at(-1) ?? (typeof run.results[name] === "number" ? run.results[name] : undefined);
  // A held-out loss that was measured once, at the end, stands among the results.
  const candidates = [heldOut, best(Object.keys(run.results), HELD_OUT), train];
  const metric = candidates.find((name) => name !== undefined && lastOf(name) !== undefined) ?? null;
  const last = metric === null ? null : lastOf(metric)!;
  const diverged = last !== null && !Number.isFinite(last);
  const isShort = run.unended || (run.totalSteps !== null && run.lastStep < run.totalSteps - 1);
  const isWhole = run.totalSteps !== null && !isShort;
  const isFresh = modified !== null && now - modified < RECENT_MS;
  return {
    state: run.state ?? (isFresh && (isShort || (live && !isWhole)) ? "running" : isShort ? "crashed" : "finished"),
    diverged,
    finalLoss: diverged ? Number.NaN : last,
    lossMetric: metric,
    lossTaken: metric === null ? null : "last",
    trainTailLoss: train === undefined ? null : tailMean(run, train),
  };
}

/** The shortest name says the least beside it: "loss" before "total loss". */
function best(names: readonly string[], like: RegExp, also: (name: string) => boolean = () => true) {
  return names.filter((n) => like.test(n) && !AUXILIARY.test(n) && also(n)).sort((p, q) => p.length - q.length)[0];
}

function tailMean(run: Recorder, metric: string): number | null {
  const recent = run.recent(metric);
  if (recent.length === 0) return null;
  const points = run.summaries().get(metric)!.points;
  const tail = recent.slice(-Math.max(1, Math.round(TAIL * points)));
  return tail.reduce((sum, v) => sum + v, 0) / tail.length;
}
