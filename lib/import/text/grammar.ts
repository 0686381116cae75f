/**
 * How a program writes its log: data, read by one engine (engine.ts). A program is one file of `programs/` and its
 * line in `programs/index.ts`.
 */
export interface Grammar {
  /** As reports and the command line call it. */
  name: string;
  /** As people call it. */
  title: string;
  /** Whether no line of the real program was at hand to check it. */
  unverified?: true;
  /** A line that only this program writes; the program that knows most lines of a sample reads the file. */
  sign: RegExp;
  /** Lines with values. The first that fits a line reads it. */
  rows: readonly Row[];
  /** Lines that say what the run was asked to do, beside `name: value` and `name = value` before the first row. */
  settings?: readonly Setting[];
  /** Whether `name: value` and `name = value` are no settings there, as where the program prints its own source. */
  onlySettings?: true;
  /** Lines that say results of the whole run. */
  results?: readonly Setting[];
  /** Known lines that hold nothing to be kept. */
  noise?: RegExp;
  /** A line that begins another run in the same file. */
  start?: RegExp;
  /** A line that says that the run came to its end. */
  finished?: RegExp;
  /** Metrics that are the losses, where their names do not say it. */
  losses?: { heldOut?: string; train?: string };
}

/** What a name beside a value can be, other than a metric: `tokens` are one too. */
export type Counter = "step" | "of" | "tokens" | "skip";

/** A line with values of one step. */
export interface Row {
  /** Text that each such line has: lines without it are passed over quickly. */
  has: string;
  /**
   * The line. Named groups: `step`; `of`, the last step; `tokens` seen so far; `rest`, in which names stand with their
   * values; `json`, an object; any other is a metric. Without a step the values stand at the step before, 0 at first.
   */
  line: RegExp;
  /** Names of metrics by group, as the program writes them; else the group's own name. */
  names?: Readonly<Record<string, string>>;
  /** Each pair of a name (group 1) and its value (group 2) in `rest`; global. */
  pairs?: RegExp;
  /** Names among the pairs, or in the object, that are counters. */
  counters?: Readonly<Record<string, Counter>>;
  /** The object is one event: where in it the step, the metric's name and its value stand. */
  event?: { step: string; name: string; value: string; time: string };
  /** The step follows: the values wait for the next line that says one. */
  waits?: true;
}

/** A line with a setting: named groups `name` and `value`, or groups named by the settings themselves. */
export interface Setting {
  line: RegExp;
  names?: Readonly<Record<string, string>>;
}

/** A longer line is no line of values: expressions may look at each part of a line as often as it is long. */
export const MOST_CHARACTERS = 8_192;

/** A number as logs write it. */
export const NUMBER = String.raw`[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?nan|[-+]?inf(?:inity)?`;
