import type { SourceFile } from "./source";

/** How a run ended, as far as its files say it. */
export type HistoryState = "finished" | "failed" | "crashed" | "running";

/** What is looked at to tell what a file is: its first bytes, and where it has more, others. */
export interface Sample {
  head: Uint8Array;
  tail: Uint8Array;
  /** Of a long file some pieces between the two, each from within a line to within another. */
  middle?: readonly Uint8Array[];
}

/** What else was chosen together with a file. */
export interface Beside {
  has(path: string): boolean;
  /** The names of the files right in a folder. */
  names(folder: string): readonly string[];
}

/** A kind of files that hold the course of runs: docs/architecture.md says how one is added. */
export interface HistoryFormat {
  /** As reports and the command line call it. */
  name: string;
  /** As people call it. */
  title: string;
  /** Whether no line or file of the real program was at hand to check it. */
  unverified?: true;
  /**
   * Which of its files belong together, by what they hold rather than by name; null for a file of something else.
   * Files of one key are read together in the order of their paths. `beside` tells parts of a run, which lie in folders
   * of their own or hold it a second time, from runs.
   */
  groupOf(file: SourceFile, sample: Sample, beside: Beside): string | null;
  /**
   * Whether a file that has grown gives what it gave before and then more, so that only the rest need be sent.
   */
  appends: boolean;
  /**
   * Where a step below the last one of the same metric means that training went back: wherever it stands, or only in a
   * file that was begun anew (`nextFile`), as within one file metrics may count by steps of their own.
   */
  restarts: "anywhere" | "with a file";
  /**
   * Whether each run is a row of a list, which holds its settings and its last values: such files are read after all
   * others, no settings of other files are added, and a run that others hold is not taken from them.
   */
  lists?: true;
  /** Reads the files of one group; throws an Error that says why where nothing more can be read. */
  read(files: readonly SourceFile[], out: Output): Promise<void>;
}

/** What a format tells of the files that it reads. */
export interface Output {
  /** The run of that key, made when it is first asked for; most groups are one run. */
  run(key?: string): RunOutput;
  /** Whether a run of that id was read from files before these, or by an earlier import from other files of its program. */
  hasRun(id: string): boolean;
  /** What is wrong at a place of a file; `line` is null where the file has no lines. */
  problem(path: string, line: number | null, message: string): void;
  /** Adds to the lines that a file had, and to those of them that were neither understood nor known as noise. */
  lines(path: string, count: number, strange?: number): void;
  /** To be awaited between pieces of a file: points are handed on here, so that memory stays bounded. */
  room(): Promise<void> | undefined;
}

/** What a format tells of a run. */
export interface RunOutput {
  /** What its files call it. */
  name: string | null;
  /** The id that its own program gave it. */
  sourceId: string | null;
  /** Left null where nothing says it. */
  state: HistoryState | null;
  /** Whether what its program writes at its end is missing: it crashed or is still running. */
  unended: boolean;
  /** Why it failed, as its files say it. */
  error: string | null;
  /** Milliseconds since 1970. */
  startedAt: number | null;
  endedAt: number | null;
  /** The step that it was to reach, where its files say so. */
  totalSteps: number | null;
  /** Whether its points are its last values alone: they say nothing of the way that led there. */
  isListed: boolean;
  /** A step of 1 is stored as so many: where steps are fractions, what makes all of them whole. */
  stepScale: number;
  tags: string[];
  notes: string;
  /** Names of the losses, where the format knows them; else they are found by their names. */
  losses: { heldOut?: string; train?: string };
  /** Another file of the run begins: it may go on from an earlier step. */
  nextFile(): void;
  /** Adds settings, objects nested; later ones replace earlier ones of the same key. */
  config(values: Readonly<Record<string, unknown>>): void;
  /** Adds results that are no curves. */
  summary(values: Readonly<Record<string, unknown>>): void;
  /**
   * One value of a metric, under the name that the program gave it. `time` in milliseconds since 1970, `tokens` seen
   * so far; NaN where unknown. A step may be a fraction.
   */
  point(metric: string, step: number, value: number, time?: number, tokens?: number): void;
  /** The same for several metrics at one step: `values` by the place of their names. */
  several(metrics: readonly string[], values: ArrayLike<number>, step: number, time?: number, tokens?: number): void;
  /** A line of the run's log. */
  log(text: string): void;
}
