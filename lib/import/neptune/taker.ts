import { counted } from "../../format";
import type { Output, RunOutput } from "../history";

/** A value of an attribute, in the column of its type. */
export interface Row {
  run_id?: string | null;
  attribute_path?: string | null;
  attribute_type?: string | null;
  step?: number | null;
  timestamp?: Date | null;
  int_value?: bigint | number | null;
  float_value?: number | null;
  string_value?: string | null;
  bool_value?: boolean | null;
  datetime_value?: Date | null;
  string_set_value?: unknown;
}

/** Values of these names are results; other single values are settings. */
const RESULTS = /^(metrics?|results?|summary|eval(uation)?|test)\//i;
/** Steps have six decimals. */
const DECIMALS = 1e6;

/** Puts the attributes of a run into it. */
export class AttributeTaker {
  private readonly others = new Map<string, number>();

  constructor(
    id: string,
    private readonly run: RunOutput,
  ) {
    run.sourceId = id || null;
    run.name = id || null;
  }

  /** Takes into account that a step of the run is this one. */
  scale(step: number | null | undefined): void {
    if (step === null || step === undefined) return;
    const whole = Math.round(step * DECIMALS);
    while (this.run.stepScale < DECIMALS && whole % (DECIMALS / this.run.stepScale) !== 0) this.run.stepScale *= 10;
  }

  row(row: Row): void {
    const path = row.attribute_path ?? "";
    const type = row.attribute_type ?? "";
    const time = row.timestamp ? row.timestamp.getTime() : Number.NaN;
    if (type === "float_series" || type === "int_series") {
      const value = row.float_value ?? (row.int_value === null ? null : Number(row.int_value));
      const step =
        row.step === null || row.step === undefined ? Number.NaN : Math.round(row.step * DECIMALS) / DECIMALS;
      if (value === null || value === undefined || Number.isNaN(step)) this.count(`${type} without step or value`);
      else this.run.point(path, step, value, time);
    } else if (type === "string_series") this.run.log(String(row.string_value ?? "").replace(/\n$/, ""));
    else {
      const value = valueIn(row, type);
      if (value === undefined) this.count(type);
      else if (path.startsWith("sys/")) this.about(path.slice(4), value);
      else if (RESULTS.test(path)) this.run.summary(nested(path, value));
      else this.run.config(nested(path, value));
    }
  }

  end(path: string, out: Output): void {
    for (const [type, count] of this.others)
      out.problem(path, null, `left out ${counted(count, "value")} of type "${type}": no numbers of a curve`);
  }

  private count(type: string): void {
    this.others.set(type, (this.others.get(type) ?? 0) + 1);
  }

  private about(name: string, value: unknown): void {
    const { run } = this;
    const text = typeof value === "string" ? value : "";
    if (name === "name" || name === "experiment/name") run.name = text || run.name;
    else if (name === "description") run.notes = text;
    else if (name === "creation_time" && value instanceof Date) run.startedAt = value.getTime();
    else if ((name === "tags" || name === "group_tags") && Array.isArray(value))
      run.tags = [...run.tags, ...value.map(String)];
    else if (name === "failed" && value === true) run.state = "failed";
    else if (name === "state" && /inactive|idle/i.test(text)) run.state ??= "finished";
    else if (name === "state" && /active|running/i.test(text)) run.unended = true;
    else if (/^fork/.test(name)) run.config({ neptune: { [name]: value } });
  }
}

function valueIn(row: Row, type: string): unknown {
  if (type === "float") return row.float_value ?? null;
  if (type === "int") return row.int_value === null ? null : Number(row.int_value);
  if (type === "string") return row.string_value ?? null;
  if (type === "bool") return row.bool_value ?? null;
  if (type === "datetime") return row.datetime_value ?? null;
  if (type === "string_set") return Array.isArray(row.string_set_value) ? row.string_set_value : [];
  return undefined;
}

/** Attributes lie in namespaces: a/b/c. */
function nested(path: string, value: unknown): Record<string, unknown> {
  return path
    .split("/")
    .reverse()
    .reduce<unknown>((inner, part) => ({ [part]: inner }), value) as Record<string, unknown>;
}
