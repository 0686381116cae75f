import { counted } from "../../format";
import type { Output, RunOutput } from "../history";
import { isMissing, numberIn, stepIn, timeIn } from "./cells";
import { type Columns, isStep } from "./columns";

export type Role = keyof Omit<Columns, "isSure"> | "of" | "metric-column";

const HELD_OUT = /^(val|valid|validation|eval|evaluation|test|dev)$/i;

export interface Taking {
  columns: Columns;
  path: string;
  out: Output;
  /** Other names of columns for what they hold. */
  of?: string;
  /** Whether a comma parts whole from fraction. */
  decimalComma?: boolean;
}

/** Makes points of rows. */
export class RowTaker {
  private readonly runs = new Map<string, Way>();
  private rows = 0;
  private noStep = 0;

  constructor(private readonly taking: Taking) {}

  roleOf(name: string): Role {
    const { columns } = this.taking;
    if (name === this.taking.of) return "of";
    for (const role of ["step", "time", "tokens", "run", "split", "metric", "value", "epoch"] as const)
      if (columns[role] === name) return role;
    return "metric-column";
  }

  /** One row: names of its columns, what they are, and its cells. */
  row(names: readonly string[], roles: readonly Role[], cells: readonly unknown[], line: number | null): void {
    const { columns, decimalComma } = this.taking;
    const at = { step: Number.NaN, epoch: Number.NaN, time: Number.NaN, tokens: Number.NaN };
    let [key, split, metric] = ["", "", ""];
    let of = Number.NaN;
    for (let i = 0; i < roles.length; i++) {
      const role = roles[i]!;
      if (role === "metric-column") continue;
      const cell = cells[i];
      if (role === "step") {
        const read = stepIn(cell, decimalComma);
        at.step = read?.step ?? Number.NaN;
        of = read?.of ?? Number.NaN;
      } else if (role === "tokens" || role === "epoch") at[role] = numberIn(cell, decimalComma) ?? Number.NaN;
      else if (role === "time") at.time = timeIn(cell);
      else if (role === "run") key = isMissing(cell) ? "" : String(cell).trim();
      else if (role === "split") split = typeof cell === "string" ? cell.trim() : "";
      else if (role === "metric") metric = isMissing(cell) ? "" : String(cell).trim();
    }
    const way = this.wayOf(key);
    if (of > 0) way.run.totalSteps = of;
    if (columns.step === null) at.step = this.rows;
    else if (Number.isNaN(at.step) && !roles.includes("step")) at.step = otherStep(names, cells);
    this.rows++;
    if (Number.isNaN(at.step)) {
      this.without(way, { names, roles, cells, line });
      return;
    }
    way.place(at, columns.split === "mode" && HELD_OUT.test(split));
    const prefix = HELD_OUT.test(split) || /^train(ing)?$/i.test(split) ? `${split}/` : "";
    for (let i = 0; i < roles.length; i++) {
      const role = roles[i]!;
      if (role !== "metric-column" && role !== "epoch" && role !== "value") continue;
      const value = numberIn(cells[i], decimalComma);
      if (value === null) continue;
      const name = role === "value" ? metric : names[i]!;
      if (name !== "")
        way.run.point(name.startsWith(prefix) ? name : prefix + name, way.step, value, at.time, way.tokens);
    }
  }

  /** Adds to a run's totals what a column says of them. */
  total(steps: number): void {
    this.wayOf("").run.totalSteps = steps;
  }

  end(): void {
    if (this.noStep > 0)
      this.taking.out.problem(
        this.taking.path,
        null,
        `left out ${counted(this.noStep, "row")} without ${this.taking.columns.step}`,
      );
  }

  private wayOf(key: string): Way {
    const known = this.runs.get(key);
    if (known) return known;
    const run = this.taking.out.run(key);
    const way = new Way(run);
    if (key !== "") run.name ??= key;
    this.runs.set(key, way);
    return way;
  }

  /** Before the first step a row of JSON tells of settings, after it of results; in a table it is a broken row. */
  private without(
    way: Way,
    row: { names: readonly string[]; roles: readonly Role[]; cells: readonly unknown[]; line: number | null },
  ): void {
    const { names, roles, cells, line } = row;
    const said = names.map((name, i) => [name, cells[i]] as const).filter(([, cell]) => !isMissing(cell));
    if (said.length === 0) return;
    if (this.taking.columns.step !== null && names.includes(this.taking.columns.step) && roles.includes("step")) {
      const cell = cells[roles.indexOf("step")];
      if (!isMissing(cell)) {
        const text = `"${String(cell).slice(0, 100)}" of ${this.taking.columns.step} is no step; the row is left out`;
        this.taking.out.problem(this.taking.path, line, text);
      } else this.noStep++;
    } else if (Number.isNaN(way.step)) way.run.config(Object.fromEntries(said));
    else way.run.summary(Object.fromEntries(said));
  }
}

/** Rows of other kinds may call their step otherwise: num_updates, valid_num_updates. */
function otherStep(names: readonly string[], cells: readonly unknown[]): number {
  const at = names.findIndex((name, i) => isStep(name) && numberIn(cells[i]) !== null);
  return at < 0 ? Number.NaN : numberIn(cells[at])!;
}

/** Where one run stands. */
class Way {
  step = Number.NaN;
  tokens = Number.NaN;
  private first = Number.NaN;
  private last = Number.NaN;
  private epoch = Number.NaN;
  private offset = 0;

  constructor(readonly run: RunOutput) {}

  /** Counters that begin anew with each epoch go on from where the last one ended. */
  place(at: { step: number; epoch: number; tokens: number }, isBeside: boolean): void {
    this.tokens = at.tokens > 0 ? at.tokens : Number.NaN;
    if (isBeside && !Number.isNaN(this.step) && !Number.isNaN(at.epoch)) return;
    if (Number.isNaN(this.first)) this.first = at.step;
    if (at.step < this.last && at.epoch > this.epoch) this.offset = this.step + (this.first === 0 ? 1 : 0);
    else if (at.step < this.last && this.offset > 0 && at.epoch < this.epoch) this.offset = 0;
    this.last = at.step;
    if (!Number.isNaN(at.epoch)) this.epoch = at.epoch;
    this.step = at.step + this.offset;
  }
}
