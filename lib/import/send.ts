import type { Mapping } from "../mapping";
import { type EncodedBatch, encodeReal, LIMITS } from "../protocol";
import type { Dimensions } from "../run";
import { baseOf, type Fingerprint, fingerprintOf, type Hasher, type KnownSource } from "./fingerprint";
import { type FoundRun, type HistoryReport, readHistories } from "./histories";
import type { HistoryFormat, HistoryState } from "./history";
import { plain, resultOfRun } from "./history-report";
import type { Batch } from "./recorder";
import { requestsOf } from "./requests";
import type { Result } from "./result";
import { dimensionsOfRun } from "./run-dimensions";
import type { SourceFile } from "./source";
import type { LogPattern } from "./text";

/** The API of an Etalon server, however it is reached; what it refuses throws an Error with its `status`. */
export interface ImportServer {
  sources(project: string): Promise<KnownSource[]>;
  patterns(project: string): Promise<LogPattern[]>;
  begin(entry: { project: string; file: string }): Promise<{ id: string }>;
  run(importId: string, run: HistoryToStore): Promise<{ id: string; made: boolean }>;
  points(runId: string, batch: EncodedBatch): Promise<void>;
  log(runId: string, lines: { line: number; text: string }[]): Promise<void>;
}

/** A run as `importedHistorySchema` of the server reads it. */
export interface HistoryToStore {
  name: string;
  state: HistoryState;
  diverged: boolean;
  error: string | null;
  config: Record<string, unknown>;
  tags: string[];
  notes: string;
  dimensions: Partial<Dimensions>;
  reported: Partial<Dimensions>;
  finalLoss: ReturnType<typeof encodeReal> | null;
  trainTailLoss: ReturnType<typeof encodeReal> | null;
  startedAt: number | null;
  endedAt: number | null;
  source: Omit<KnownSource, "runId"> & { files: string[] };
}

export interface SendOptions {
  project: string;
  /** What was chosen, as the history shows it. */
  title: string;
  /** By what the files are read, given the patterns of the project. */
  formats: (patterns: readonly LogPattern[]) => readonly HistoryFormat[];
  /** Said of all runs. */
  mapping: Mapping | null;
  hasher: () => Hasher;
  /** Milliseconds since 1970. */
  now: number;
  /** Whether files that are fresh and say no end are still being written. */
  live?: boolean;
  /** The entry of the history that this goes on with; a new one where there is none. */
  importId?: string | null;
  /** The runs that files went on with so far, by `followedBy`: what stands in such a file now belongs to that run. */
  follow?: ReadonlyMap<string, Followed>;
  progress?: (path: string, group: number, of: number) => void;
}

/** A run that a file of some name goes on with, whatever it held before. */
export interface Followed {
  base: string;
  lastStep: number;
  /** What its file held when it was read last. */
  bytes: number;
  sha256: string;
}

export interface Sent {
  report: HistoryReport;
  ids: Map<FoundRun, string>;
  /** Null where there was nothing new. */
  importId: string | null;
  created: number;
  updated: number;
  unchanged: number;
  /** By `followedBy`, for `follow` of the next time. */
  followed: Map<string, Followed>;
}

/** Formats of one program, which gives each run one id: mlflow, mlflow-db, mlflow-runs. */
const programOf = (format: string) => format.split("-")[0];

/** What a run is followed by: its format, and the name of its first file. */
const followedBy = ({ format, files }: FoundRun) => `${format.name} ${files[0]!.path}`;

/** Reads files and stores their runs on a server: points as they are read, and of files that were read before the rest. */
export async function sendHistories(
  files: readonly SourceFile[],
  server: ImportServer,
  options: SendOptions,
): Promise<Sent> {
  const sender = new Sender(server, options, await server.sources(options.project));
  const formats = options.formats(await server.patterns(options.project));
  const report = await readHistories(files, formats, {
    batch: (run, batch) => sender.batch(run, batch),
    ended: (run) => sender.ended(run),
    isStored: (format, id) => sender.isStored(format, id),
    ...(options.progress && { progress: options.progress }),
  });
  const problems = [...report.problems, ...sender.problems];
  const { ids, importId, created, updated, unchanged, followed } = sender;
  return { report: { ...report, problems }, ids, importId, created, updated, unchanged, followed };
}

interface Sending {
  print: Fingerprint;
  /** Null until there is something to send. */
  id: string | null;
  /** How many of its points are stored already. */
  stored: number;
  /** Whether its files are those of the earlier import to the last byte. */
  isSame: boolean;
  seq: number;
  /** The last step of what the file held before; its points that lie before that went back. */
  after: number | null;
}

const LOG_LINES = LIMITS.logLines;

class Sender {
  readonly ids = new Map<FoundRun, string>();
  readonly problems: HistoryReport["problems"] = [];
  importId: string | null;
  readonly followed = new Map<string, Followed>();
  created = 0;
  updated = 0;
  unchanged = 0;
  private readonly runs = new Map<FoundRun, Sending>();
  private readonly prints = new Map<readonly SourceFile[], Promise<Fingerprint>>();

  constructor(
    private readonly server: ImportServer,
    private readonly options: SendOptions,
    private readonly known: readonly KnownSource[],
  ) {
    this.importId = options.importId ?? null;
  }

  async batch(run: FoundRun, batch: Batch): Promise<void> {
    const sending = await this.sending(run);
    const points = batch.series.reduce((n, s) => n + s.values.length, 0);
    const isStored = (run.format.appends || sending.isSame) && batch.before + points <= sending.stored;
    const { requests, left } = requestsOf(goneBack(batch, sending), run.read.stepScale);
    for (const { step, metric } of left)
      this.problem(run, `step ${step} of ${metric} is no whole number from 0 to 2^53; its point is left out`);
    for (const request of requests) {
      const seq = sending.seq++;
      if (isStored) continue;
      const id = await this.begun(run, sending);
      const writer = `import ${sending.print.sha256.slice(0, 16)} ${run.key}`.slice(0, LIMITS.nameBytes / 4);
      await this.server.points(id, { writer, seq, ...request });
    }
  }

  async ended(run: FoundRun): Promise<void> {
    const sending = await this.sending(run);
    const { base, bytes, sha256 } = sending.print;
    this.followed.set(followedBy(run), { base, bytes, sha256, lastStep: run.read.lastStep });
    const before = this.knownRun(run, sending.print);
    if (!before && !run.format.lists && run.read.sourceId !== null && this.isStored(run.format, run.read.sourceId))
      this.problem(
        run,
        `the run ${run.read.sourceId} was imported from other files before and is now in the project twice`,
      );
    if (sending.id === null && before && before.sha256 === sending.print.sha256 && !this.options.mapping) {
      this.ids.set(run, before.runId);
      this.unchanged++;
      return;
    }
    const id = await this.begun(run, sending);
    await this.log(run, id);
    await this.store(run, sending, { ended: true });
  }

  /** Whether an earlier import has read the run of that id from other files of its program. */
  isStored(format: HistoryFormat, id: string): boolean {
    return this.known.some(
      (k) => k.format !== format.name && programOf(k.format) === programOf(format.name) && k.base === baseOf(id),
    );
  }

  private async sending(run: FoundRun): Promise<Sending> {
    const known = this.runs.get(run);
    if (known) return known;
    const print = await this.print(run);
    const before = this.knownRun(run, print);
    const isSame = before?.sha256 === print.sha256;
    // Last values of a list take the place of those at the same step, what several files gave together is told anew.
    const isAnew = before !== undefined && !isSame && (run.format.lists || run.mixed);
    const isLonger = before !== undefined && !isAnew && print.beginsWith(before);
    const followed = this.options.follow?.get(followedBy(run));
    const after = isAnew ? Number.POSITIVE_INFINITY : isLonger ? null : (followed?.lastStep ?? null);
    const made = { print, id: null, stored: isLonger ? before.points : 0, isSame, seq: 0, after };
    this.runs.set(run, made);
    return made;
  }

  /** Files are looked at once for all runs that they hold, each of which may have an id of its own. */
  private async print(run: FoundRun): Promise<Fingerprint> {
    const made = this.prints.get(run.files) ?? fingerprintOf(run, this.known, this.options.hasher);
    this.prints.set(run.files, made);
    const { sourceId } = run.read;
    const print = await made;
    if (sourceId !== null) return { ...print, base: baseOf(sourceId) };
    const followed = this.options.follow?.get(followedBy(run));
    const isKnown = this.known.some((k) => k.format === run.format.name && k.base === print.base);
    return followed && !isKnown ? { ...print, base: followed.base } : print;
  }

  private knownRun(run: FoundRun, { base }: Fingerprint): KnownSource | undefined {
    return this.known.find((k) => k.format === run.format.name && k.base === base && k.key === run.key);
  }

  private async begun(run: FoundRun, sending: Sending): Promise<string> {
    return sending.id ?? this.store(run, sending, { ended: false });
  }

  /** Tells the server of a run: before its points, and with its end once they are there. */
  private async store(run: FoundRun, sending: Sending, { ended }: { ended: boolean }): Promise<string> {
    const { read, format, files } = run;
    const { project, title, mapping, now, live } = this.options;
    this.importId ??= (await this.server.begin({ project, file: title })).id;
    const { derived, reported, problems } = dimensionsOfRun(read, mapping);
    const result = resultOfRun(run, now, live);
    const loss = (value: number | null) => (value === null ? null : encodeReal(value));
    const body: HistoryToStore = {
      name: (read.name ?? files[0]!.path).slice(-200),
      state: ended ? result.state : "running",
      diverged: ended && result.diverged,
      error: read.error?.slice(0, 2_000) ?? null,
      config: plain(read.settings) as Record<string, unknown>,
      tags: read.tags.slice(0, 100).map((t) => t.slice(0, 100)),
      notes: read.notes.slice(0, 20_000),
      dimensions: derived,
      reported: { ...reported, ...(ended && lossSource(result)) },
      finalLoss: ended ? loss(result.finalLoss) : null,
      trainTailLoss: ended ? loss(result.trainTailLoss) : null,
      startedAt: read.startedAt,
      endedAt: ended ? read.endedAt : null,
      source: {
        format: format.name,
        base: sending.print.base,
        key: run.key.slice(0, 500),
        bytes: sending.print.bytes,
        sha256: sending.print.sha256,
        points: ended ? read.points : 0,
        files: files.slice(0, 1_000).map(({ path }) => path.slice(-2_000)),
      },
    };
    const { id, made } = await this.server.run(this.importId, body);
    if (sending.id === null) {
      sending.id = id;
      this.ids.set(run, id);
      if (made) this.created++;
      else this.updated++;
    }
    if (ended) for (const message of problems) this.problem(run, message);
    return id;
  }

  private async log(run: FoundRun, id: string): Promise<void> {
    const lines = run.read.logged();
    for (let at = 0; at < lines.length; at += LOG_LINES) await this.server.log(id, lines.slice(at, at + LOG_LINES));
  }

  private problem(run: FoundRun, message: string): void {
    if (this.problems.length < 1_000) this.problems.push({ path: run.files[0]!.path, line: null, message });
  }
}

/** Where a file was begun anew at an earlier step than it had come to, its first points go back to it. */
function goneBack(batch: Batch, { after }: Sending): Batch {
  if (after === null || batch.before > 0 || batch.rewindTo !== null) return batch;
  const first = Math.min(...batch.series.map(({ steps }) => steps[0]!));
  return first <= after ? { ...batch, rewindTo: first } : batch;
}

function lossSource({ lossMetric, lossTaken }: Result): Partial<Dimensions> {
  return lossMetric === null || lossTaken === null ? {} : { lossMetric, lossTaken };
}
