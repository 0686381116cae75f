import { PbfReader } from "pbf";
import type { RunOutput } from "../history";
import { eachChange, itemOf, numberOf, Tree, valueIn } from "./items";

/** Fields of W&B's Record. */
const [HISTORY, SUMMARY, OUTPUT, CONFIG, OUTPUT_RAW, RUN, EXIT] = [2, 3, 4, 5, 13, 17, 18];

/** Puts what the records of a run's files say into a run. */
export class RecordTaker {
  hasExit = false;
  hasOutput = false;
  /** How many values of each kind were no numbers. */
  readonly others = new Map<string, number>();
  private readonly settings = new Tree();
  private readonly results = new Tree();
  private step = -1;
  private readonly names: string[] = [];
  private readonly values: number[] = [];
  private readonly line = new Map<number, string>();

  constructor(private readonly run: RunOutput) {}

  record(bytes: Uint8Array): void {
    const pbf = new PbfReader(bytes);
    for (let field = pbf.nextField(); field !== 0; field = pbf.nextField()) {
      if (pbf.type !== 2) continue;
      if (field === HISTORY) this.history(pbf, this.endOf(pbf));
      else if (field === SUMMARY) eachChange(pbf, this.endOf(pbf), (item, gone) => this.results.change(item, gone));
      else if (field === CONFIG) eachChange(pbf, this.endOf(pbf), (item, gone) => this.settings.change(item, gone));
      else if (field === OUTPUT || field === OUTPUT_RAW) this.output(pbf, this.endOf(pbf));
      else if (field === RUN) this.about(pbf, this.endOf(pbf));
      else if (field === EXIT) this.exit(pbf, this.endOf(pbf));
    }
  }

  /** All records of all files were told. */
  end(): void {
    for (const text of this.line.values()) if (text !== "") this.run.log(text);
    this.run.config(plain(this.settings.values));
    this.run.summary(plain(this.results.values));
    this.run.unended = !this.hasExit;
  }

  private endOf(pbf: PbfReader): number {
    const end = pbf.readVarint() + pbf.pos;
    if (end > pbf.length) throw new Error("a record of it is no record of W&B");
    return end;
  }

  private history(pbf: PbfReader, end: number): void {
    this.names.length = this.values.length = 0;
    let step: number | null = null;
    let time = Number.NaN;
    for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
      if (field === 2) {
        const to = pbf.readVarint() + pbf.pos;
        for (let f = pbf.nextField(to); f !== 0; f = pbf.nextField(to)) if (f === 1) step ??= pbf.readVarint(true);
      } else if (field === 1) {
        const { path, json } = itemOf(pbf);
        const name = path.join(".");
        const value = numberOf(json);
        if (name === "_step") step = value;
        else if (name === "_timestamp") time = value === null ? Number.NaN : Math.round(value * 1000);
        else if (value !== null) this.value(name, value);
        else if (name !== "_wandb") this.other(name, valueIn(json));
      }
    }
    this.step = step ?? this.step + 1;
    for (let i = 0; i < this.names.length; i++) this.run.point(this.names[i]!, this.step, this.values[i]!, time);
  }

  private value(name: string, value: number): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** Clients of 2021 wrote nested values as one object; what has a type is a picture, a table, a histogram. */
  private other(name: string, value: unknown): void {
    if (value === null) return;
    const kind = kindOf(value);
    if (typeof value === "number") this.value(name, value);
    else if (kind !== null) this.others.set(kind, (this.others.get(kind) ?? 0) + 1);
    else
      for (const [key, inner] of Object.entries(value as object)) {
        const number = typeof inner === "boolean" ? Number(inner) : typeof inner === "string" ? numberOf(inner) : null;
        this.other(`${name}.${key}`, number ?? inner);
      }
  }

  private about(pbf: PbfReader, end: number): void {
    const { run } = this;
    const about: Record<string, string> = {};
    const tags: string[] = [];
    for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
      if (field === 1) run.sourceId = pbf.readString() || run.sourceId;
      else if (field === 3) about.project = pbf.readString();
      else if (field === 4) eachChange(pbf, this.endOf(pbf), (item, gone) => this.settings.change(item, gone));
      else if (field === 6) about.group = pbf.readString();
      else if (field === 7) about.job_type = pbf.readString();
      else if (field === 8) run.name = pbf.readString() || run.name;
      else if (field === 9) run.notes = pbf.readString();
      else if (field === 10) tags.push(pbf.readString());
      else if (field === 12) about.sweep_id = pbf.readString();
      else if (field === 17) run.startedAt ??= timeOf(pbf, this.endOf(pbf));
    }
    if (tags.length > 0) run.tags = tags;
    const said = Object.entries(about).filter(([, text]) => text !== "");
    if (said.length > 0) run.config({ wandb: Object.fromEntries(said) });
  }

  private exit(pbf: PbfReader, end: number): void {
    let code = 0;
    for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end))
      if (field === 1) code = pbf.readVarint(true);
    this.hasExit = true;
    this.run.state = code === 0 ? "finished" : "failed";
    this.run.error = code === 0 ? null : `it ended with code ${code}`;
  }

  /** What was printed comes in pieces, a line's end in one of its own; a progress bar writes over its line. */
  private output(pbf: PbfReader, end: number): void {
    let stream = 0;
    let text = "";
    for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
      if (field === 1) stream = pbf.readVarint();
      else if (field === 3) text = pbf.readString();
    }
    this.hasOutput = true;
    const lines = ((this.line.get(stream) ?? "") + text).split("\n");
    this.line.set(stream, lines.pop()!);
    for (const line of lines) this.run.log(line.replace(/\r$/, "").split("\r").at(-1)!);
  }
}

/** What a value is that is no number; null for an object of values. */
function kindOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return "text";
  if (Array.isArray(value)) return "list";
  const { _type } = value as { _type?: unknown };
  return typeof _type === "string" ? _type : null;
}

function timeOf(pbf: PbfReader, end: number): number {
  let [seconds, nanos] = [0, 0];
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
    if (field === 1) seconds = pbf.readVarint(true);
    else if (field === 2) nanos = pbf.readVarint(true);
  }
  return seconds * 1000 + Math.round(nanos / 1e6);
}

function plain(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, v]) => [
      key,
      typeof v === "object" && v !== null && Object.getPrototypeOf(v) === null
        ? plain(v as Record<string, unknown>)
        : v,
    ]),
  );
}
