import type { HistoryFormat, Output, RunOutput, Sample } from "../history";
import { eachLine } from "../lines";
import type { SourceFile } from "../source";
import { timeIn } from "./clock";
import { endOf } from "./ends";
import type { Grammar, Row } from "./grammar";
import { settingIn, valueIn } from "./values";

/** `[default7]:`, `[rank0]:`, `[rank 3]`, `3: ` of srun -l: which process wrote the line. */
const RANK = /^\s*(?:\[(?:default|rank ?|Rank ?)(\d+)\]:?|(\d{1,4}):(?=\s))\s?/;
const SETTING = /^\s*(?:-{1,2})?([A-Za-z][\w./-]{0,80})\s*(?:=|:|\.{3,})\s*(\S.{0,300})$/;

/** Reads one file as a grammar says. */
export async function readText(grammar: Grammar, file: SourceFile, out: Output): Promise<void> {
  const reader = new LogReader(grammar, out);
  const count = await eachLine(file, {
    line: (text) => reader.line(text),
    cut: (line) => out.problem(file.path, line, "the line is longer than a MiB; what goes beyond is left out"),
    room: () => out.room(),
  });
  out.lines(file.path, count, reader.strange);
}

class LogReader {
  strange = 0;
  private run: RunOutput;
  private runs = 1;
  private step = Number.NaN;
  private hasRows = false;
  private rank: string | null = null;
  /** The row that fitted last is tried first. */
  private rows: Row[];

  constructor(
    private readonly grammar: Grammar,
    private readonly out: Output,
  ) {
    this.rows = [...grammar.rows];
    this.run = this.begin();
  }

  line(text: string): void {
    const ranked = RANK.exec(text);
    const plain = ranked ? text.slice(ranked[0].length) : text;
    this.rank = ranked ? (ranked[1] ?? ranked[2]!) : null;
    if (this.grammar.start?.test(plain) && this.hasRows) {
      this.runs++;
      this.run = this.begin();
    }
    if (this.row(plain)) return;
    if (plain.trim() !== "") this.run.log(text);
    if (this.grammar.finished?.test(plain)) this.run.state = "finished";
    else if (this.ended(plain) || this.setting(plain) || this.grammar.noise?.test(plain)) return;
    else if (plain.trim() !== "") this.strange++;
  }

  private begin(): RunOutput {
    const run = this.out.run(this.runs === 1 ? "" : String(this.runs));
    this.hasRows = false;
    this.step = Number.NaN;
    if (this.grammar.losses) run.losses = this.grammar.losses;
    return run;
  }

  private row(text: string): boolean {
    for (let i = 0; i < this.rows.length; i++) {
      const row = this.rows[i]!;
      if (!text.includes(row.has)) continue;
      const match = row.line.exec(text);
      if (!match) continue;
      if (i > 0) {
        this.rows.splice(i, 1);
        this.rows.unshift(row);
      }
      this.values(row, match.groups ?? {}, text);
      return true;
    }
    return false;
  }

  private values(row: Row, groups: Record<string, string | undefined>, text: string): void {
    const { run } = this;
    const found: [string, string][] = [];
    const counters: { step?: string; of?: string; tokens?: string } = {};
    for (const group in groups) {
      const value = groups[group];
      if (value === undefined || group === "rest") continue;
      if (group === "step" || group === "of" || group === "tokens") counters[group] = value;
      else found.push([row.names?.[group] ?? group, value]);
    }
    if (row.pairs && groups.rest !== undefined)
      for (const [, name, value] of groups.rest.matchAll(row.pairs)) {
        const counter = row.counters?.[name!.trim()];
        if (counter === undefined) found.push([name!.trim(), value!]);
        else if (counter !== "skip") counters[counter] = value!;
      }
    if (counters.step !== undefined) this.step = valueIn(counters.step) ?? Number.NaN;
    if (Number.isNaN(this.step)) return;
    if (counters.of !== undefined) run.totalSteps = valueIn(counters.of) ?? run.totalSteps;
    const tokens = counters.tokens === undefined ? Number.NaN : (valueIn(counters.tokens) ?? Number.NaN);
    const time = timeIn(text);
    for (const [name, value] of found) {
      const number = valueIn(value);
      if (number === null) continue;
      run.point(this.rank === null ? name : this.ofRank(name), this.step, number, time, tokens);
    }
    this.hasRows = true;
    if (run.state === "failed" || run.state === "crashed") {
      // The log goes on after an error: the run was started again.
      run.state = null;
      run.error = null;
    }
  }

  private readonly firstRanks = new Map<string, string>();

  /** The first rank that logs a metric gives it its name; the same of another rank is another metric. */
  private ofRank(name: string): string {
    const first = this.firstRanks.get(name);
    if (first === undefined) this.firstRanks.set(name, this.rank!);
    return first === undefined || first === this.rank ? name : `${name} (rank ${this.rank})`;
  }

  private ended(text: string): boolean {
    const end = endOf(text);
    if (!end) return false;
    this.run.state = end.state;
    this.run.error = end.error ?? this.run.error;
    return true;
  }

  private setting(text: string): boolean {
    for (const { line, names } of this.grammar.settings ?? []) {
      const groups = line.exec(text)?.groups;
      if (!groups) continue;
      if (groups.name !== undefined && groups.value !== undefined)
        this.run.config({ [groups.name.trim()]: settingIn(groups.value) });
      else
        for (const [group, value] of Object.entries(groups))
          if (value !== undefined) this.run.config({ [names?.[group] ?? group]: settingIn(value) });
      return true;
    }
    if (this.hasRows) return false;
    const [, name, value] = SETTING.exec(text) ?? [];
    if (name === undefined || value === undefined) return false;
    this.run.config({ [name]: settingIn(value) });
    return true;
  }
}

const decoder = new TextDecoder();

/** How many lines of a sample the program knows. */
export function knownLines(grammar: Grammar, lines: readonly string[]): number {
  let known = 0;
  for (const line of lines) if (grammar.sign.test(line)) known++;
  return known;
}

const sampled = new WeakMap<Sample, readonly string[]>();

/** The lines of a sample, without the cut ones between its head and its tail. */
export function linesOf(sample: Sample): readonly string[] {
  const known = sampled.get(sample);
  if (known) return known;
  const isText = !sample.head.subarray(0, 1_024).includes(0) || sample.head[0] === 0xff || sample.head[0] === 0xfe;
  const text = isText ? decoder.decode(sample.head) : "";
  const tail = isText && sample.tail.length > 0 ? decoder.decode(sample.tail).split(/[\r\n]+/) : [];
  const lines = [...text.split(/[\r\n]+/), ...tail.slice(1)];
  sampled.set(sample, lines);
  return lines;
}

/** Formats of all programs: a sample belongs to the one that knows most of its lines, the earlier of equals. */
export function textFormats(grammars: readonly Grammar[]): HistoryFormat[] {
  const chosen = new WeakMap<Sample, Grammar | null>();
  const choice = (sample: Sample) => {
    const known = chosen.get(sample);
    if (known !== undefined) return known;
    const lines = linesOf(sample);
    let best: Grammar | null = null;
    let most = 0;
    for (const grammar of grammars) {
      const n = knownLines(grammar, lines);
      if (n > most) [best, most] = [grammar, n];
    }
    chosen.set(sample, best);
    return best;
  };
  return grammars.map((grammar) => ({
    name: grammar.name,
    title: grammar.title,
    ...(grammar.unverified && { unverified: true }),
    groupOf: (file, sample) => (choice(sample) === grammar ? file.path : null),
    appends: true,
    ordered: true,
    read: async (files, out) => {
      for (const file of files) await readText(grammar, file, out);
    },
  }));
}
