import { counted } from "../../format";
import type { HistoryFormat, HistoryState, Output, RunOutput } from "../history";
import { isMissing, numberIn, timeIn } from "./cells";
import { courseOf } from "./course";
import { folderOf, type RowSink, readSheet, type Sheet, sampleOf, sheetOf } from "./csv";
import { isMeasured, settingIn, stepOf } from "./run-values";

/** What the cell of a column says of a run; the others are settings and metrics. */
export type Field =
  | "id"
  | "name"
  | "state"
  | "notes"
  | "tags"
  | "started"
  | "ended"
  | "duration"
  | "time"
  | "step"
  | "left";

export interface Column {
  field: Field | "tag" | "about" | "setting" | "metric" | "value";
  /** What the run keeps it by. */
  name: string;
}

/** How a program writes its list of runs: a row a run. */
export interface RunTable {
  name: string;
  title: string;
  unverified?: true;
  is(sheet: Sheet): boolean;
  columnOf(name: string): Column;
  /** Where the run keeps what the program says of it beside its settings. */
  about: string;
  states: readonly (readonly [RegExp, HistoryState])[];
  /** What is put before a value so that a spreadsheet does not take it for a formula. */
  escape?: RegExp;
  /** Whether settings are texts, as the program keeps them. */
  textSettings?: true;
}

export function runTableFormat(layout: RunTable): HistoryFormat {
  return {
    name: layout.name,
    title: layout.title,
    ...(layout.unverified && { unverified: true }),
    appends: false,
    restarts: "anywhere",
    lists: true,
    groupOf: (file, sample) => {
      const sheet = sheetOf(sample);
      return sheet?.hasHeader && layout.is(sheet) ? file.path : null;
    },
    async read([file], out) {
      const sheet = sheetOf(await sampleOf(file!))!;
      const takers = new RunRows({ layout, sheet, path: file!.path }, out);
      // A header in the middle is known by a column that every such table has.
      const step = sheet.names.find((name) => layout.columnOf(name).field === "state") ?? sheet.names[0]!;
      await readSheet(file!, { sheet, columns: { ...NO_COURSE, step }, takers }, out);
    },
  };
}

const NO_COURSE = {
  isSure: false,
  epoch: null,
  time: null,
  tokens: null,
  run: null,
  split: null,
  metric: null,
  value: null,
};

/** Whether nothing speaks for rows of one run on its way. */
export const isNoCourse = ({ names, rows }: Sheet) => courseOf(names, rows) === null;

/** A number of a list that a spreadsheet has saved where a comma parts whole from fraction. */
const DECIMAL_COMMA = /^([+-]?\d+),(\d+(?:[eE][+-]?\d+)?)$/;

/** What the cells of a row say, by what they are. */
class Row {
  readonly said: Partial<Record<Field, string>> = {};
  readonly tags: string[] = [];
  readonly about: Record<string, string> = {};
  readonly settings: Record<string, unknown> = {};
  readonly metrics: [string, number][] = [];
  readonly results: Record<string, unknown> = {};

  constructor(
    { escape: escaped, textSettings }: RunTable,
    private readonly columns: readonly Column[],
    private readonly cells: readonly unknown[],
  ) {
    columns.forEach(({ field, name }, i) => {
      const whole = String(cells[i] ?? "");
      const text = escaped?.test(whole) ? whole.slice(1) : whole;
      if (text === "") return;
      if (field === "tag") this.tags.push(`${name}=${text}`);
      else if (field === "about") this.about[name] = text;
      else if (field === "setting") this.setting(name, text, textSettings);
      else if (field === "metric" || field === "value") this.value({ field, name }, text, textSettings);
      else this.said[field] ??= text;
    });
  }

  private setting(name: string, text: string, asText?: true): void {
    const value = asText ? text : settingIn(text);
    if (value !== null) this.settings[name] = value;
  }

  /** A text under the name of a metric is no number of a curve: a setting like "loss", or what is no scalar. */
  private value({ field, name }: Column, text: string, asText?: true): void {
    const number = numberIn(text);
    if (number !== null && (field === "metric" || isMeasured(name))) this.metrics.push([name, number]);
    else if (isMissing(text)) return;
    else if (field === "metric" || name.includes("/")) this.results[name] = text;
    else this.setting(name, text, asText);
  }

  step(): string | null {
    return this.said.step ?? stepOf(this.columns.map(({ name }, i) => [name, this.cells[i]]));
  }
}

/** Makes a run of each row. */
class RunRows implements RowSink {
  private known: readonly string[] | null = null;
  private columns: Column[] = [];
  private readonly keys = new Set<string>();
  private withCourse = 0;
  private firstWithCourse = "";

  constructor(
    private readonly of: { layout: RunTable; sheet: Sheet; path: string },
    private readonly out: Output,
  ) {}

  roleOf() {
    return "metric-column" as const;
  }

  isHeader(cells: readonly string[]): boolean {
    return this.of.sheet.names.every((name, i) => (cells[i] ?? "").trim() === name);
  }

  row(names: readonly string[], _: readonly unknown[], cells: readonly unknown[], line: number | null): void {
    if (names !== this.known) this.columns = names.map((name) => this.of.layout.columnOf(name));
    this.known = names;
    const isComma = this.of.sheet.dialect.decimalComma;
    const read = isComma ? cells.map((cell) => String(cell ?? "").replace(DECIMAL_COMMA, "$1.$2")) : cells;
    const row = new Row(this.of.layout, this.columns, read);
    const { id, name, started } = row.said;
    if (id !== undefined && this.out.hasRun(id)) {
      if (this.withCourse++ === 0) this.firstWithCourse = id;
      return;
    }
    // The name alone may be that of several runs.
    const known = id ?? (name !== undefined && started !== undefined ? `${name} ${started}` : null);
    const key = known ?? `row ${line}`;
    const wrong = this.keys.has(key)
      ? `the run ${key} has a row above; this one is left out`
      : row.metrics.length === 0 && Object.keys(row.settings).length === 0
        ? `the run ${name ?? key} has neither settings nor values; it is left out`
        : null;
    if (wrong) {
      this.out.problem(this.of.path, line, wrong);
      return;
    }
    this.keys.add(key);
    const run = this.out.run(key);
    run.sourceId = known;
    this.about(row, run, line);
    this.values(row, run, line);
  }

  end(): void {
    if (this.withCourse === 0) return;
    const rows = `${counted(this.withCourse, "row")} (the first is ${this.firstWithCourse})`;
    this.out.problem(this.of.path, null, `left out ${rows}: their runs are read, or were imported, from other files`);
  }

  private about({ said, tags, about, settings, results }: Row, run: RunOutput, line: number | null): void {
    run.isListed = true;
    run.name = (said.name ?? said.id ?? `${folderOf(this.of.path) || this.of.path} row ${line}`).slice(-200);
    run.notes = isMissing(said.notes) ? "" : said.notes!;
    run.tags = [...listed(said.tags), ...tags];
    run.state = this.of.layout.states.find(([like]) => like.test(said.state ?? ""))?.[1] ?? null;
    run.unended = run.state === null && said.state !== undefined;
    const time = (field: "started" | "ended") => {
      const at = timeIn(said[field]);
      if (said[field] !== undefined && Number.isNaN(at))
        this.out.problem(this.of.path, line, `"${said[field].slice(0, 100)}" is no time; it is left out`);
      return Number.isNaN(at) ? null : at;
    };
    run.startedAt = time("started");
    const seconds = numberIn(said.duration) ?? Number.NaN;
    const until = run.startedAt === null || !(seconds >= 0) ? null : run.startedAt + Math.round(seconds * 1000);
    run.endedAt = time("ended") ?? until;
    run.config({ ...settings, ...(Object.keys(about).length > 0 && { [this.of.layout.about]: about }) });
    run.summary({ ...results, state: said.state ?? null });
  }

  private values(row: Row, run: RunOutput, line: number | null): void {
    const text = row.step();
    const said = text === null ? 0 : (numberIn(text) ?? Number.NaN);
    const isStep = said >= 0 && Number.isSafeInteger(said);
    if (!isStep) this.out.problem(this.of.path, line, `"${text}" is no step; its values stand at step 0`);
    const step = isStep ? said : 0;
    const at = timeIn(row.said.time);
    const time = Number.isNaN(at) ? (run.endedAt ?? Number.NaN) : at;
    for (const [name, value] of row.metrics) run.point(name, step, value, time);
  }
}

/** Tags of W&B stand in one cell. */
function listed(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => !isMissing(tag));
}
