import type { HistoryFormat, Output } from "./history";
import { type Points, Recorder } from "./recorder";
import { type SourceFile, splitPath } from "./source";

interface Group {
  format: HistoryFormat;
  files: readonly SourceFile[];
}

/** Names by which the Hugging Face Trainer keeps a loss in its state, and gives it to TensorBoard. */
const LOSSES: ReadonlyMap<string, string> = new Map([
  ["loss", "train/loss"],
  ["eval_loss", "eval/loss"],
]);
const IN_EVENTS = new Set(LOSSES.values());
/** One equal value may be chance. */
const FEWEST = 2;
const CHECKPOINT = /^checkpoint-\d+$/;

/**
 * The state that the Hugging Face Trainer left in the output folder above event files, for groups of event files that lie
 * alone under one. Whether the two are of one training, their losses say.
 */
export function statesAbove<G extends Group>(groups: readonly G[]): Map<G, G> {
  const states = groups.filter(({ format }) => format.name === "hf-trainer-state");
  const under = new Map<G, G[]>();
  for (const events of groups.filter(({ format }) => format.name === "tensorboard")) {
    const above = states.filter((state) => isWithin(events, outputFolder(state)));
    const nearest = above.sort((p, q) => outputFolder(q).length - outputFolder(p).length)[0];
    if (nearest) under.set(nearest, [...(under.get(nearest) ?? []), events]);
  }
  return new Map([...under].flatMap(([state, events]) => (events.length === 1 ? [[events[0]!, state]] : [])));
}

function outputFolder({ files }: Group): string {
  const { folder } = splitPath(files[0]!.path);
  const last = splitPath(folder);
  return CHECKPOINT.test(last.name) ? last.folder : folder;
}

const isWithin = ({ files }: Group, outer: string) =>
  outer === "" || files.every(({ path }) => path.startsWith(`${outer}/`));

/** A state that is read beside event files, and what they say of the same losses. */
export class StateBeside {
  private readonly read = new Recorder("", "anywhere");
  private readonly problems: [string, number | null, string][] = [];
  private readonly events = new Map<string, number>();
  private isRead = false;

  constructor(private readonly state: Group) {}

  /** Takes note of losses of the event files. */
  note({ metric, steps, values }: Points): void {
    if (IN_EVENTS.has(metric))
      for (let i = 0; i < steps.length; i++) this.events.set(`${metric} ${steps[i]}`, values[i]!);
  }

  /**
   * Adds what the state says to the run of the event files where the two have at least two losses in common and each of
   * them is the same; says whether it did. What has the name of a metric of the events is theirs.
   */
  async addTo(run: Recorder, out: Pick<Output, "problem">): Promise<boolean> {
    await this.readState();
    const { read } = this;
    const batches = read.taken();
    const common = batches.flatMap(({ series }) => series).flatMap((s) => this.compared(s));
    const other = common.find(({ own, theirs }) => !Object.is(Math.fround(own), Math.fround(theirs)));
    if (other) {
      const message = `its ${other.metric} at step ${other.step} is ${other.own}, that of the event files under it ${other.theirs}: imported as two runs`;
      out.problem(this.state.files[0]!.path, null, message);
    }
    if (other || read.rewinds > 0 || common.length < FEWEST) return false;
    for (const problem of this.problems) out.problem(...problem);
    run.name = read.name ?? run.name;
    run.totalSteps = read.totalSteps ?? run.totalSteps;
    run.config(read.settings);
    run.summary(read.results);
    const own = new Set(run.names);
    for (const { metric, steps, values, times, tokens } of batches.flatMap(({ series }) => series))
      if (!own.has(metric))
        for (let i = 0; i < steps.length; i++) run.point(metric, steps[i]!, values[i]!, times[i], tokens[i]);
    return true;
  }

  private async readState(): Promise<void> {
    if (this.isRead) return;
    this.isRead = true;
    const out: Output = {
      run: () => this.read,
      hasRun: () => false,
      problem: (...said) => void this.problems.push(said),
      lines: () => {},
      room: () => undefined,
    };
    await this.state.format.read(this.state.files, out).catch((e: Error) => {
      this.problems.push([this.state.files[0]!.path, null, e.message]);
    });
  }

  /** The values of a loss that both have. Event files hold them in single precision. */
  private compared({ metric, steps, values }: Points) {
    const name = LOSSES.get(metric);
    return Array.from(steps).flatMap((step, i) => {
      const theirs = this.events.get(`${name} ${step}`);
      return theirs === undefined ? [] : [{ metric, step, own: values[i]!, theirs }];
    });
  }
}

interface Read {
  format: HistoryFormat;
  files: readonly SourceFile[];
  read: Recorder;
}

/** Event files and a state that hold one training, and of which it is not certain that nothing else does. */
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
