import { counted } from "../../format";
import type { Output, RunOutput } from "../history";
import { eachLineOfBytes } from "../lines";
import type { SourceFile } from "../source";
import { timeIn, timeInBytes } from "./clock";
import { endOf } from "./ends";
import { type Grammar, MOST_CHARACTERS, type Setting } from "./grammar";
import { mayHavePrefix, withoutPrefix } from "./prefix";
import { type CompiledRow, compiled, readRow, type Values } from "./row";
import { readByTemplate, type Template, templateOf } from "./template";
import { settingIn } from "./values";

const EPOCH = /^epoch$/i;
/** So much of a line may be what stands before it. */
const PREFIX_BYTES = 100;
/** Where none of so many lines says when it was written, none is asked any more. */
const CLOCK_TRIES = 500;
/** So many shapes are known at once: logs of rows that differ have a few that take turns. */
const SHAPES = 4;
/** After so many lines in a row that had not the shape of the one before, shapes are learned no more. */
const MOST_MISSES = 200;
const SETTING =
  /^\s*(?:-{1,2})?(?!(?:WARN|WARNING|INFO|ERROR|DEBUG|NOTE|Traceback|File)\b)([A-Za-z][\w./-]{0,80})\s*(?:=|:|\.{3,})\s*(\S.{0,300})$/;

/** Reads one file as a grammar says. */
export async function readText(grammar: Grammar, file: SourceFile, out: Output): Promise<void> {
  const reader = new LogReader(grammar, out);
  let lastLine = 0;
  let pointsBefore = 0;
  const count = await eachLineOfBytes(file, {
    bytes: (bytes, from, to) => reader.bytes(bytes, from, to),
    line: (text) => reader.line(text),
    cut: (line) => out.problem(file.path, line, "the line is longer than a MiB; what goes beyond is left out"),
    unended: (line) => {
      lastLine = line;
      pointsBefore = reader.points;
    },
    room: () => out.room(),
  });
  reader.end();
  if (lastLine > 0 && reader.points > pointsBefore)
    out.problem(file.path, lastLine, "the file ends within the line; the last of its values may be cut");
  const { repeated, stepless } = reader;
  if (repeated > 0)
    out.problem(file.path, null, `${counted(repeated, "line")} repeated the one before to the letter, and count once`);
  if (stepless > 0)
    out.problem(
      file.path,
      null,
      `no line says a step, so the ${counted(stepless, "value")} of the curves all stand at step 0`,
    );
  out.lines(file.path, count, reader.strange);
}

class LogReader {
  strange = 0;
  points = 0;
  /** Lines with values of a step that stood right after one of the same text. */
  repeated = 0;
  /** Values of a run of which no line said a step. */
  stepless = 0;
  private run: RunOutput;
  private runs = 1;
  private step = 0;
  private hasRows = false;
  private rank: string | null = null;
  private hasStep = false;
  private values = 0;
  private lastStep: string | null = null;
  private lastText = "";
  /** Where the line before stands, if it was read by its shape and said a step. */
  private lastBytes: Uint8Array | null = null;
  private lastFrom = 0;
  private lastTo = 0;
  private waiting: { values: Values; time: number; rank: string | null }[] = [];
  /** The row that fitted last is tried first. */
  private readonly rows: CompiledRow[];
  /** Shapes that lines had, the last one first. */
  private readonly templates: Template[] = [];
  private misses = 0;
  private epoch = Number.NaN;
  private epochsBefore = 0;
  private epochAt = -1;
  private namesBefore: readonly string[] = [];
  private recordTime = Number.NaN;
  private timesSought = 0;
  private timesFound = 0;
  private readonly firstRanks = new Map<string, string>();

  constructor(
    private readonly grammar: Grammar,
    private readonly out: Output,
  ) {
    this.rows = grammar.rows.map(compiled);
    this.run = this.begin();
  }

  /** A line that has the shape of the one before is read as it is; any other is decoded first. */
  bytes(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.templates.length === 0 || this.grammar.start || to - from > MOST_CHARACTERS) return false;
    if (this.repeats(bytes, from, to)) {
      this.repeated++;
      return true;
    }
    let rank: string | null = null;
    let begin = from;
    if (mayHavePrefix(bytes, from)) {
      const head = asciiOf(bytes, from, Math.min(to, from + PREFIX_BYTES));
      const found = withoutPrefix(head);
      rank = found.rank;
      begin += head.length - found.plain.length;
    }
    const values = this.byShape(bytes, begin, to);
    if (values === null) return false;
    this.rank = rank;
    this.misses = 0;
    this.lastStep = null;
    this.lastBytes = values.step === null ? null : bytes;
    this.lastFrom = from;
    this.lastTo = to;
    this.take(values, this.asksTimes() ? this.told(timeInBytes(bytes, from, to)) : Number.NaN);
    return true;
  }

  private byShape(bytes: Uint8Array, from: number, to: number): Values | null {
    const { templates } = this;
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i]!;
      const values = readByTemplate(template, bytes, from, to);
      if (values === null) continue;
      for (let j = i; j > 0; j--) templates[j] = templates[j - 1]!;
      templates[0] = template;
      return values;
    }
    return null;
  }

  /** Whether the line before said a step and was the same, to the letter. */
  private repeats(bytes: Uint8Array, from: number, to: number): boolean {
    const last = this.lastBytes;
    if (last !== null) {
      const apart = this.lastTo - to;
      if (this.lastFrom - from !== apart) return false;
      for (let i = to - 1; i >= from; i--) if (last[i + apart] !== bytes[i]) return false;
      return true;
    }
    if (this.lastStep === null || this.lastText.length !== to - from || !this.lastText.endsWith(this.lastStep))
      return false;
    for (let i = 0; i < this.lastText.length; i++) if (this.lastText.charCodeAt(i) !== bytes[from + i]) return false;
    return true;
  }

  line(text: string): void {
    if (text.length > MOST_CHARACTERS) {
      this.run.log(text);
      this.strange++;
      return;
    }
    const { plain, rank } = withoutPrefix(text);
    this.rank = rank;
    if (this.hasRows && this.grammar.start?.test(plain)) {
      this.end();
      this.runs++;
      this.run = this.begin();
    }
    if (plain === this.lastStep && text === this.lastText) {
      this.repeated++;
      return;
    }
    this.lastText = text;
    this.lastBytes = null;
    if (this.row(plain, text)) return;
    if (plain.trim() === "") return;
    this.run.log(text);
    if (this.grammar.finished?.test(plain)) this.run.state = "finished";
    else if (!this.said(plain)) this.strange++;
  }

  /** Values that no step followed stand at the last one. */
  end(): void {
    if (this.waiting.length > 0)
      for (const { values, time, rank } of this.waiting.splice(0)) this.add(values, time, rank);
    if (!this.hasStep) this.stepless += this.values;
    this.values = 0;
  }

  private begin(): RunOutput {
    const run = this.out.run(this.runs === 1 ? "" : String(this.runs));
    this.hasRows = false;
    this.hasStep = false;
    this.step = 0;
    this.epoch = Number.NaN;
    this.epochsBefore = 0;
    if (this.grammar.losses) run.losses = this.grammar.losses;
    return run;
  }

  private row(text: string, whole: string): boolean {
    for (let i = 0; i < this.rows.length; i++) {
      const row = this.rows[i]!;
      if (!text.includes(row.has)) continue;
      const match = row.line.exec(text);
      const values = match && readRow(row, match);
      if (!values) continue;
      if (i > 0) {
        this.rows.splice(i, 1);
        this.rows.unshift(row);
      }
      if (this.misses++ < MOST_MISSES) this.learn(templateOf(row, text));
      if (values.config) this.run.config(values.config);
      if (values.state) this.run.state = values.state;
      const time = values.time ?? this.timeOf(whole);
      this.lastStep = values.step === null || values.names.length === 0 ? null : text;
      if (row.waits) this.waiting.push({ values, time, rank: this.rank });
      else this.take(values, time);
      return true;
    }
    return false;
  }

  private learn(template: Template | null): void {
    if (template === null) return;
    this.templates.unshift(template);
    if (this.templates.length > SHAPES) this.templates.pop();
  }

  /** Values below a record have its step and its time. */
  private take(values: Values, own: number): void {
    const time = Number.isNaN(own) && values.step === null ? this.recordTime : own;
    if (values.of !== null) this.run.totalSteps = values.of;
    if (values.step !== null) {
      this.recordTime = own;
      this.hasStep = true;
      this.step = this.counted(values.step, values);
      this.end();
    }
    this.add(values, time, this.rank);
  }

  private asksTimes(): boolean {
    return this.timesSought < CLOCK_TRIES || this.timesFound > 0;
  }

  /** Steps that begin anew with each epoch go on from those of the epochs before. */
  private counted(step: number, { names, numbers }: Values): number {
    if (names !== this.namesBefore) {
      this.namesBefore = names;
      this.epochAt = names.findIndex((name) => EPOCH.test(name));
    }
    const epoch = this.epochAt < 0 ? Number.NaN : numbers[this.epochAt]!;
    if (epoch > this.epoch && step < this.step - this.epochsBefore) this.epochsBefore = this.step;
    if (!Number.isNaN(epoch)) this.epoch = epoch;
    return this.epochsBefore + step;
  }

  private timeOf(text: string): number {
    return this.asksTimes() ? this.told(timeIn(text)) : Number.NaN;
  }

  private told(time: number): number {
    this.timesSought++;
    if (!Number.isNaN(time)) this.timesFound++;
    return time;
  }

  private add({ names, numbers, tokens }: Values, time: number, rank: string | null): void {
    if (rank === null) this.run.several(names, numbers, this.step, time, tokens);
    else
      for (let i = 0; i < names.length; i++)
        this.run.point(this.ofRank(names[i]!, rank), this.step, numbers[i]!, time, tokens);
    if (names.length === 0) return;
    this.points += names.length;
    this.values += names.length;
    this.hasRows = true;
    if (this.run.state === "failed" || this.run.state === "crashed") {
      // The log goes on after an error: the run was started again.
      this.run.state = null;
      this.run.error = null;
    }
  }

  /** The first rank that logs a metric gives it its name; the same of another rank is another metric. */
  private ofRank(name: string, rank: string): string {
    const first = this.firstRanks.get(name);
    if (first === undefined) this.firstRanks.set(name, rank);
    return first === undefined || first === rank ? name : `${name} (rank ${rank})`;
  }

  /** Whether a line says something known that is no value of a step. */
  private said(text: string): boolean {
    const end = endOf(text);
    if (end) {
      this.run.state = end.state;
      this.run.error = end.error ?? this.run.error;
      return true;
    }
    const result = found(this.grammar.results, text);
    if (result) this.run.summary(result);
    const setting = result ? null : found(this.grammar.settings, text);
    if (setting) this.run.config(setting);
    return result !== null || setting !== null || this.setting(text) || this.grammar.noise?.test(text) === true;
  }

  private setting(text: string): boolean {
    if (this.hasRows || this.grammar.onlySettings) return false;
    const [, name, value] = SETTING.exec(text) ?? [];
    if (name === undefined || value === undefined) return false;
    this.run.config({ [name]: settingIn(value) });
    return true;
  }
}

function asciiOf(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

function found(settings: readonly Setting[] | undefined, text: string): Record<string, unknown> | null {
  for (const { line, names } of settings ?? []) {
    const groups = line.exec(text)?.groups;
    if (!groups) continue;
    if (groups.name !== undefined && groups.value !== undefined)
      return { [groups.name.trim()]: settingIn(groups.value) };
    const said = Object.entries(groups).filter(([, value]) => value !== undefined);
    return Object.fromEntries(said.map(([group, value]) => [names?.[group] ?? group, settingIn(value!)]));
  }
  return null;
}
