import type { HistoryFormat } from "./history";
import type { Recorder } from "./recorder";
import type { SourceFile } from "./source";

interface Read {
  format: HistoryFormat;
  files: readonly SourceFile[];
  read: Recorder;
}

/**
 * Event files that the Hugging Face Trainer wrote beside its state: both runs are kept, as the one has times and the
 * other settings, and it is said that they are one training.
 */
export function saidTwice(runs: readonly Read[]): { path: string; line: null; message: string }[] {
  const states = runs.filter(({ format }) => format.name === "hf-trainer-state");
  const events = runs.filter(({ format }) => format.name === "tensorboard");
  return events.flatMap((run) => {
    const twin = states.find((state) => isOneLoss(lossOf(state, "loss"), lossOf(run, "train/loss")));
    if (!twin) return [];
    const message = `its losses are those of ${twin.files[0]!.path}: one training, imported as two runs; leave one of the two out`;
    return [{ path: run.files[0]!.path, line: null, message } as const];
  });
}

const lossOf = ({ read }: Read, metric: string) => read.summaries().get(metric);

type Losses = ReturnType<typeof lossOf>;

/** Event files hold a loss in single precision. */
function isOneLoss(p: Losses, q: Losses): boolean {
  if (!p || !q || p.points !== q.points) return false;
  const same = (a: typeof p.first, b: typeof p.first) =>
    a.step === b.step && Object.is(Math.fround(a.value), Math.fround(b.value));
  return same(p.first, q.first) && same(p.last, q.last);
}
