import { foreignFile } from "./foreign";
import type { Beside, HistoryFormat, Output, Sample } from "./history";
import { type Batch, Recorder } from "./recorder";
import { StateBeside, saidTwice, statesAbove } from "./same-training";
import { attachSettings, isSettings } from "./settings";
import { HEAD_BYTES, type SourceFile, splitPath } from "./source";

/** A run that was found in files, with all that they say of it. */
export interface FoundRun {
  format: HistoryFormat;
  files: readonly SourceFile[];
  /** What tells it from other runs of the same files; "" where they hold one run. */
  key: string;
  /** Whether files that are not among `files` added points: those of a later state replace them all. */
  mixed: boolean;
  read: Recorder;
}

export interface FileReport {
  path: string;
  /** Null for a file that no format reads. */
  format: string | null;
  runs: number;
  lines: number;
  /** Lines that were neither understood nor known as noise. */
  strange: number;
  points: number;
}

export interface HistoryProblem {
  path: string;
  line: number | null;
  message: string;
}

export interface HistoryReport {
  runs: FoundRun[];
  files: FileReport[];
  problems: HistoryProblem[];
}

/** What is done with runs as they are read; points come in the order of their logging. */
export interface HistoryReader {
  batch(run: FoundRun, batch: Batch): Promise<void>;
  /** All has been read of it. */
  ended(run: FoundRun): Promise<void>;
  /** Whether a run of that id is stored already, read from other files of its program. */
  isStored?(format: HistoryFormat, id: string): boolean;
  /** Told before the files of a group are read, with how many groups there are. */
  progress?(path: string, group: number, of: number): void;
}

/** So many points wait in memory before they are handed on. */
const MOST_WAITING = 100_000;
const MIDDLE_PIECES = 8;
const MIDDLE_BYTES = 1 << 13;
const MOST_PROBLEMS = 1_000;
const UNKNOWN =
  "no points found: no format knows what it holds (a table of your own with one row for each finished run is imported by etalon import table FILE)";

/** Names of files that are taken for logs: nothing found in them is said, also beside other files. */
const LOG = /\.(log|out|err)$/i;

interface Group {
  format: HistoryFormat;
  files: SourceFile[];
}

/**
 * Finds the runs in files and hands them on, group by group, in memory that does not grow with their length. One group
 * that cannot be read costs no other; where what was read is not taken, the reader's error ends all.
 */
export async function readHistories(
  files: readonly SourceFile[],
  formats: readonly HistoryFormat[],
  reader: HistoryReader,
): Promise<HistoryReport> {
  const report: HistoryReport = { runs: [], files: [], problems: [] };
  const rows = new Map<string, FileReport>();
  for (const { path } of files) rows.set(path, { path, format: null, runs: 0, lines: 0, strange: 0, points: 0 });
  report.files = [...rows.values()];
  const { groups, settings } = await grouped(files, formats, report);
  const states = statesAbove(groups);
  const joined = new Set<Group>();
  const withCourse = groups.filter(({ format }) => !format.lists).map((g) => g.files);
  for (const [i, group] of inOrder(groups, new Set(states.values())).entries()) {
    if (joined.has(group)) continue;
    reader.progress?.(group.files[0]!.path, i + 1, groups.length);
    const state = states.get(group);
    const taker = new Taker(group, reader, { rows, report, beside: state ? new StateBeside(state) : null });
    try {
      await group.format.read(group.files, taker);
    } catch (e) {
      if (taker.refused) throw e;
      taker.problem(group.files.at(-1)!.path, null, (e as Error).message);
    }
    if (!group.format.lists)
      await attachSettings(
        settings,
        { group: group.files, all: withCourse, runs: taker.found().map(({ read }) => read) },
        taker,
      );
    if (state && (await taker.join())) {
      joined.add(state);
      for (const { path } of state.files) rows.get(path)!.runs++;
    }
    report.runs.push(...(await taker.end()));
  }
  report.problems.push(...saidTwice(report.runs));
  return report;
}

async function grouped(files: readonly SourceFile[], formats: readonly HistoryFormat[], report: HistoryReport) {
  const groups = new Map<string, Group>();
  const settings: SourceFile[] = [];
  const rowOf = new Map(report.files.map((row) => [row.path, row]));
  const beside = besideOf(files);
  for (const file of [...files].sort(byPath)) {
    const sample = await sampleOf(file).catch((e: Error) => {
      report.problems.push({ path: file.path, line: null, message: `it cannot be read: ${e.message}` });
      return null;
    });
    if (sample === null) continue;
    const found = claimed(file, { sample, beside }, formats, report);
    if (found) {
      rowOf.get(file.path)!.format = found.format.name;
      const key = `${found.format.name} ${found.key}`;
      const group = groups.get(key);
      if (group) group.files.push(file);
      else groups.set(key, { format: found.format, files: [file] });
    } else if (isSettings(file.path)) {
      rowOf.get(file.path)!.format = "settings";
      settings.push(file);
    } else if (files.length === 1 || LOG.test(file.path)) {
      const message = foreignFile(file.path, sample.head) ?? UNKNOWN;
      report.problems.push({ path: file.path, line: null, message });
    }
  }
  return { groups: [...groups.values()], settings };
}

/** What may be part of another run comes after it, lists of runs last. */
function inOrder(groups: readonly Group[], states: ReadonlySet<Group>): Group[] {
  const place = (group: Group) => (group.format.lists ? 2 : Number(states.has(group)));
  return [...groups].sort((p, q) => place(p) - place(q));
}

async function sampleOf(file: SourceFile): Promise<Sample> {
  const head = await file.read(0, Math.min(file.size, HEAD_BYTES));
  const from = Math.max(HEAD_BYTES, file.size - HEAD_BYTES);
  const tail = from < file.size ? await file.read(from, file.size) : new Uint8Array(0);
  return file.size > 4 * HEAD_BYTES ? { head, tail, middle: await middleOf(file) } : { head, tail };
}

/** Rows of a log may begin after the environment was listed, and be followed by the last words of many processes. */
async function middleOf(file: SourceFile): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const apart = 2 * Math.floor(file.size / (2 * MIDDLE_PIECES + 2));
  for (let i = 1; i <= MIDDLE_PIECES; i++) pieces.push(await file.read(i * apart, i * apart + MIDDLE_BYTES));
  return pieces;
}

function besideOf(files: readonly SourceFile[]): Beside {
  const folders = new Map<string, string[]>();
  for (const { path } of files) {
    const { folder, name } = splitPath(path);
    const names = folders.get(folder);
    if (names) names.push(name);
    else folders.set(folder, [name]);
  }
  const paths = new Set(files.map(({ path }) => path));
  return { has: (path) => paths.has(path), names: (folder) => folders.get(folder) ?? [] };
}

function claimed(
  file: SourceFile,
  { sample, beside }: { sample: Sample; beside: Beside },
  formats: readonly HistoryFormat[],
  report: HistoryReport,
) {
  for (const format of formats) {
    try {
      const key = format.groupOf(file, sample, beside);
      if (key !== null) return { format, key };
    } catch (e) {
      const message = `whether it is of ${format.title} cannot be told: ${(e as Error).message}`;
      report.problems.push({ path: file.path, line: null, message });
    }
  }
  return null;
}

/** Parts of numbers in names by their value: events.9 before events.10. */
function byPath(p: SourceFile, q: SourceFile): number {
  return collator.compare(p.path, q.path);
}

const collator = new Intl.Collator("en", { numeric: true });

/** Takes what a format tells of one group. */
class Taker implements Output {
  private readonly runs = new Map<string, FoundRun>();
  /** Whether the reader did not take points: then it is no fault of the files. */
  refused = false;
  private readonly problems: HistoryProblem[];
  /** Made when first asked for. */
  private ids: Set<string | null> | null = null;

  constructor(
    private readonly group: Group,
    private readonly reader: HistoryReader,
    private readonly of: { rows: ReadonlyMap<string, FileReport>; report: HistoryReport; beside: StateBeside | null },
  ) {
    this.problems = of.report.problems;
  }

  run(key = ""): Recorder {
    const known = this.runs.get(key);
    if (known) return known.read;
    const { format, files } = this.group;
    const read = new Recorder(key, format.restarts);
    this.runs.set(key, { format, files, key, mixed: this.of.beside !== null, read });
    return read;
  }

  hasRun(id: string): boolean {
    this.ids ??= new Set(this.of.report.runs.map(({ read }) => read.sourceId));
    return this.ids.has(id) || (this.reader.isStored?.(this.group.format, id) ?? false);
  }

  problem(path: string, line: number | null, message: string): void {
    if (this.problems.length > MOST_PROBLEMS) return;
    // A settings file beside several runs is looked at for each of them.
    if (line === null && this.problems.some((p) => p.path === path && p.message === message)) return;
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ path, line, message });
    else this.problems.push({ path, line, message: `more than ${MOST_PROBLEMS} problems; the others are not listed` });
  }

  lines(path: string, count: number, strange = 0): void {
    const row = this.of.rows.get(path);
    if (!row) return;
    row.lines += count;
    row.strange += strange;
  }

  room(): Promise<void> | undefined {
    let waiting = 0;
    for (const { read } of this.runs.values()) waiting += read.pending;
    return waiting < MOST_WAITING ? undefined : this.handOn();
  }

  found(): FoundRun[] {
    return [...this.runs.values()];
  }

  /** Adds the state beside event files where it is certain that both are of one training. */
  async join(): Promise<boolean> {
    await this.handOn();
    const [run, other] = this.runs.values();
    return run !== undefined && other === undefined && this.of.beside !== null && this.of.beside.addTo(run.read, this);
  }

  async end(): Promise<FoundRun[]> {
    await this.handOn();
    const runs = this.found().filter(({ read }) => read.points > 0 || Object.keys(read.results).length > 0);
    const rows = this.group.files.map(({ path }) => this.of.rows.get(path)!);
    // Of a group of several files each says how many runs it is part of; its points are counted with the first.
    for (const row of rows) row.runs += runs.length;
    rows[0]!.points += runs.reduce((n, { read }) => n + read.points, 0);
    for (const run of runs) {
      run.read.name ??= nameOf(this.group.files, run.key);
      await this.reader.ended(run);
      run.read.release();
    }
    if (runs.length === 0 && !this.problems.some((p) => this.group.files.some(({ path }) => path === p.path)))
      this.problem(this.group.files[0]!.path, null, `no points found (${this.group.format.title})`);
    return runs;
  }

  private async handOn(): Promise<void> {
    this.refused = true;
    for (const run of this.runs.values())
      for (const batch of run.read.taken()) {
        for (const series of batch.series) this.of.beside?.note(series);
        await this.reader.batch(run, batch);
      }
    this.refused = false;
  }
}

/** What a run is called whose files give it no name: the folder where several files make it, else the file. */
function nameOf(files: readonly SourceFile[], key: string): string {
  const { folder, name } = splitPath(files[0]!.path);
  const own = files.length > 1 && folder !== "" ? folder : folder === "" ? stem(name) : `${folder}/${stem(name)}`;
  return (key === "" ? own : `${own}: ${key}`).slice(-200);
}

const stem = (name: string) => name.replace(/\.(log|txt|out|err|csv|tsv|jsonl?|parquet)$/i, "") || name;
