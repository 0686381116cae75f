import type { HistoryFormat, HistoryState, RunOutput } from "./history";

/** Points of one metric in the order in which they were logged. Times and tokens are NaN where unknown. */
export interface Points {
  metric: string;
  steps: Float64Array;
  values: Float64Array;
  times: Float64Array;
  tokens: Float64Array;
}

/** What is handed on at once: points that follow each other, after going back to a step where one is said. */
export interface Batch {
  rewindTo: number | null;
  series: Points[];
  /** How many points of the run were handed on before. */
  before: number;
}

export interface MetricSummary {
  points: number;
  nonFinite: number;
  first: { step: number; value: number };
  last: { step: number; value: number };
}

const LOG_LINES = 20_000;
const MOST_CHARACTERS = 2_000;

/** Collects what a format tells of one run; points leave it in batches. */
export class Recorder implements RunOutput {
  name: string | null = null;
  sourceId: string | null = null;
  state: HistoryState | null = null;
  unended = false;
  error: string | null = null;
  startedAt: number | null = null;
  endedAt: number | null = null;
  totalSteps: number | null = null;
  isListed = false;
  stepScale = 1;
  tags: string[] = [];
  notes = "";
  losses: RunOutput["losses"] = {};
  readonly settings: Record<string, unknown> = {};
  readonly results: Record<string, unknown> = {};
  /** The beginning and the end of the run's log, and how many lines lie between them. */
  readonly logHead: string[] = [];
  private readonly logTail: string[] = [];
  private logLines = 0;
  points = 0;
  rewinds = 0;
  /** Tokens seen at the newest point that says it; NaN where none does. */
  lastTokens = Number.NaN;
  lastStep = Number.NEGATIVE_INFINITY;
  private readonly metrics = new Map<string, Column>();
  private readonly ready: Batch[] = [];
  private mayGoBack: boolean;
  private waiting = 0;
  private handedOn = 0;
  private rewindTo: number | null = null;
  /** Names that came together last, and their columns: lines of a log mostly have the same ones. */
  private lastNames: readonly string[] = [];
  private lastColumns: readonly Column[] = [];

  constructor(
    readonly key: string,
    private readonly restarts: HistoryFormat["restarts"],
  ) {
    this.mayGoBack = restarts === "anywhere";
  }

  config(values: Readonly<Record<string, unknown>>): void {
    merge(this.settings, values);
  }

  summary(values: Readonly<Record<string, unknown>>): void {
    merge(this.results, values);
  }

  point(metric: string, step: number, value: number, time = Number.NaN, tokens = Number.NaN): void {
    this.add(this.metrics.get(metric) ?? this.made(metric, step, value), step, value, time, tokens);
  }

  several(
    metrics: readonly string[],
    values: ArrayLike<number>,
    step: number,
    time = Number.NaN,
    tokens = Number.NaN,
  ): void {
    if (metrics !== this.lastNames) {
      this.lastColumns = metrics.map((name, i) => this.metrics.get(name) ?? this.made(name, step, values[i]!));
      this.lastNames = metrics;
    }
    for (let i = 0; i < metrics.length; i++) this.add(this.lastColumns[i]!, step, values[i]!, time, tokens);
  }

  private made(metric: string, step: number, value: number): Column {
    const column = new Column(step, value);
    this.metrics.set(metric, column);
    return column;
  }

  private add(column: Column, step: number, value: number, time: number, tokens: number): void {
    if (this.mayGoBack && step < column.lastStep) this.rewind(step);
    column.add(step, value, time, tokens);
    if (step > this.lastStep) this.lastStep = step;
    if (!Number.isNaN(tokens)) this.lastTokens = tokens;
    this.points++;
    this.waiting++;
    if (!Number.isNaN(time)) {
      if (this.startedAt === null || time < this.startedAt) this.startedAt = time;
      if (this.endedAt === null || time > this.endedAt) this.endedAt = time;
    }
  }

  log(text: string): void {
    const line = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} …` : text;
    this.logLines++;
    if (this.logHead.length < LOG_LINES / 2) this.logHead.push(line);
    else {
      this.logTail.push(line);
      if (this.logTail.length > LOG_LINES) this.logTail.splice(0, LOG_LINES / 2);
    }
  }

  /** The log with its line numbers; of a longer one its beginning and its end. */
  logged(): { line: number; text: string }[] {
    const tail = this.logTail.slice(-LOG_LINES / 2);
    const from = this.logLines - tail.length;
    return [
      ...this.logHead.map((text, line) => ({ line, text })),
      ...tail.map((text, i) => ({ line: from + i, text })),
    ];
  }

  /** How many points wait to be handed on. */
  get pending(): number {
    return this.waiting;
  }

  /** Takes what has come since the last time. */
  taken(): Batch[] {
    this.close();
    this.waiting = 0;
    return this.ready.splice(0);
  }

  /** What each metric holds, by name in the order in which they came. */
  summaries(): Map<string, MetricSummary> {
    return new Map([...this.metrics].map(([name, column]) => [name, column.summary()]));
  }

  /** The largest value of a metric; null where it has none. */
  largest(metric: string): number | null {
    const largest = this.metrics.get(metric)?.largest ?? Number.NEGATIVE_INFINITY;
    return Number.isFinite(largest) ? largest : null;
  }

  /** Names of its metrics in the order in which they came. */
  get names(): string[] {
    return [...this.metrics.keys()];
  }

  /** No more points come: what they were collected in is given back, for many runs are held at once. */
  release(): void {
    for (const column of this.metrics.values()) column.release();
  }

  /** The last values of a metric, the newest last. */
  recent(metric: string): number[] {
    return this.metrics.get(metric)?.recent() ?? [];
  }

  nextFile(): void {
    if (this.points > 0) this.mayGoBack = true;
  }

  /** Training went back to a step: what came before stands in a batch of its own. */
  private rewind(step: number): void {
    this.close();
    this.rewindTo = step;
    this.rewinds++;
    this.mayGoBack = this.restarts === "anywhere";
    for (const column of this.metrics.values()) column.lastStep = Math.min(column.lastStep, step);
  }

  private close(): void {
    const series = [...this.metrics].flatMap(([name, column]) => column.taken(name) ?? []);
    if (series.length === 0 && this.rewindTo === null) return;
    this.ready.push({ rewindTo: this.rewindTo, series, before: this.handedOn });
    this.handedOn += series.reduce((n, s) => n + s.values.length, 0);
    this.rewindTo = null;
  }
}

const ROOM = 4;
/** How many of the last values of a metric are at hand for the mean over the end of the run. */
const RECENT = 4_096;

/** Points of a metric that wait, and what has gone through. */
class Column {
  lastStep = Number.NEGATIVE_INFINITY;
  largest = Number.NEGATIVE_INFINITY;
  private n = 0;
  private steps = new Float64Array(ROOM);
  private values = new Float64Array(ROOM);
  /** Null as long as no point that waits says one. */
  private times: Float64Array | null = null;
  private tokens: Float64Array | null = null;
  private points = 0;
  private nonFinite = 0;
  private last: { step: number; value: number };
  private readonly first: { step: number; value: number };
  private tail = new Float64Array(ROOM);

  constructor(step: number, value: number) {
    this.first = { step, value };
    this.last = this.first;
  }

  add(step: number, value: number, time: number, tokens: number): void {
    const at = this.n++;
    if (at === this.steps.length) this.grow();
    this.steps[at] = step;
    this.values[at] = value;
    if (this.times !== null) this.times[at] = time;
    else if (!Number.isNaN(time)) this.times = unknownUntil(at, this.steps.length, time);
    if (this.tokens !== null) this.tokens[at] = tokens;
    else if (!Number.isNaN(tokens)) this.tokens = unknownUntil(at, this.steps.length, tokens);
    this.lastStep = step;
    if (this.points === this.tail.length && this.tail.length < RECENT) this.tail = larger(this.tail);
    // Its length is a power of two.
    this.tail[this.points++ & (this.tail.length - 1)] = value;
    if (value > this.largest && value < Number.POSITIVE_INFINITY) this.largest = value;
    if (!Number.isFinite(value)) this.nonFinite++;
  }

  release(): void {
    this.steps = this.values = new Float64Array(0);
    this.times = this.tokens = null;
  }

  private grow(): void {
    this.steps = larger(this.steps);
    this.values = larger(this.values);
    this.times = this.times && larger(this.times);
    this.tokens = this.tokens && larger(this.tokens);
  }

  taken(metric: string): Points | null {
    const { n } = this;
    if (n === 0) return null;
    const of = (column: Float64Array | null) => column?.slice(0, n) ?? unknown(n);
    this.last = { step: this.steps[n - 1]!, value: this.values[n - 1]! };
    this.n = 0;
    return {
      metric,
      steps: of(this.steps),
      values: of(this.values),
      times: of(this.times),
      tokens: of(this.tokens),
    };
  }

  summary(): MetricSummary {
    const { n } = this;
    const last = n > 0 ? { step: this.steps[n - 1]!, value: this.values[n - 1]! } : this.last;
    return { points: this.points, nonFinite: this.nonFinite, first: this.first, last };
  }

  recent(): number[] {
    const n = Math.min(this.points, RECENT);
    return Array.from({ length: n }, (_, i) => this.tail[(this.points - n + i) % this.tail.length]!);
  }
}

let nans = new Float64Array(0);

/** So many NaN, which nobody may write to: all that ask share them. */
function unknown(n: number): Float64Array {
  if (nans.length < n) nans = new Float64Array(2 * n).fill(Number.NaN);
  return nans.subarray(0, n);
}

/** A column of which only the value at `at` is known. */
function unknownUntil(at: number, room: number, value: number): Float64Array {
  const made = new Float64Array(room).fill(Number.NaN, 0, at);
  made[at] = value;
  return made;
}

function larger(old: Float64Array): Float64Array<ArrayBuffer> {
  const made = new Float64Array(2 * old.length);
  made.set(old);
  return made;
}

/** Adds nested values; keys of objects that anybody has (`__proto__`) stay own keys. */
function merge(into: Record<string, unknown>, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values)) {
    const own = Object.hasOwn(into, key) ? into[key] : undefined;
    if (isPlain(own) && isPlain(value)) merge(own, value);
    else
      Object.defineProperty(into, key, {
        value: isPlain(value) ? copied(value) : value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
  }
}

function copied(value: Record<string, unknown>): Record<string, unknown> {
  const copy = {};
  merge(copy, value);
  return copy;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
