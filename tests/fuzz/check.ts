import { createHash } from "node:crypto";
import { gzipSync, zipSync } from "fflate";
import { packTar } from "modern-tar";
import {
  type Batch,
  type FoundRun,
  formats,
  histories,
  memoryFile,
  readHistories,
  resultOfRun,
  unpack,
} from "@/lib/import";
import { type CaseFile, casesOf } from "./cases";
import { cut, damaged } from "./damage";
import { type Random, randomOf } from "./random";

const NOW = Date.UTC(2030, 0, 1);
const LOG = "fuzz neighbour.log";
const TABLE = "fuzz neighbour.csv";
const FOLDER = "fuzz neighbour/files/of/others/";
/** Readers to which all that lies in a run's folder is part of the run. */
const OF_FOLDERS = new Set(["mlflow", "wandb"]);

/** What was found in files. */
interface Found {
  /** Points as `metric step value`, those of neighbours left out. */
  points: Set<string>;
  /** Of each neighbour's run, all that was read of it. */
  neighbours: Map<string, string>;
  problems: Set<string>;
  /** By which formats the others were read. */
  formats: string;
}

/** Tries a reader with one damaged input after the other; each is made again from its seed. */
export class Fuzzer {
  private readonly cases: CaseFile[][];
  private readonly log: Buffer;
  private readonly whole = new Map<CaseFile[], Found>();

  constructor(private readonly reader: string) {
    const texts = casesOf("text");
    this.cases = reader === "archive" ? [...texts, ...casesOf("tensorboard"), ...casesOf("wandb")] : casesOf(reader);
    this.log = texts
      .flat()
      .find(({ path }) => path.endsWith("output_interrupted.log"))!
      .bytes.subarray(0, 6_000);
  }

  /** What went wrong; null where nothing did. */
  async once(seed: number): Promise<string | null> {
    const random = randomOf(seed);
    if (this.reader === "table") return this.table(random);
    if (this.reader === "archive") return this.archive(random);
    const files = random.one(this.cases);
    const at = random.below(files.length);
    const isCut = random.below(4) === 0;
    const other = random.one(random.one(this.cases)).bytes;
    const bytes = isCut ? cut(files[at]!.bytes, random, other) : damaged(files[at]!.bytes, random, other);
    const changed = files.with(at, { path: files[at]!.path, bytes });
    const neighbours = this.neighbours(files[at]!.path, random);
    const found = await read([...changed, ...neighbours]);
    const alone = await read(neighbours);
    for (const [run, said] of alone.neighbours)
      if (found.neighbours.get(run) !== said) return `${run} beside it is read otherwise than alone`;
    if (found.neighbours.size !== alone.neighbours.size) return "there are other neighbours than alone";
    return isCut ? this.notInvented(files, found) : null;
  }

  /** Of an input that is cut no value is one that it did not have, unless a problem says that there is something wrong. */
  private async notInvented(files: CaseFile[], found: Found): Promise<string | null> {
    const whole = this.whole.get(files) ?? (await read(files));
    this.whole.set(files, whole);
    // What is left may look most like the log of another program.
    if ([...found.problems].some((p) => !whole.problems.has(p)) || found.formats !== whole.formats) return null;
    for (const point of found.points)
      if (!whole.points.has(point)) return `cut, it has "${point}", which it had not, and no problem`;
    return null;
  }

  /** Files that are no part of the damaged run: in its own folder, and in one beside it. */
  private neighbours(path: string, random: Random): CaseFile[] {
    const folder = OF_FOLDERS.has(this.reader) ? "" : path.slice(0, path.lastIndexOf("/") + 1);
    const table = Buffer.from(
      `step,train_loss\n${Array.from({ length: 40 }, (_, i) => `${i},${5 - i / 16}\n`).join("")}`,
    );
    const others = random.one(this.cases).slice(0, 40);
    return [
      { path: `${folder}${LOG}`, bytes: this.log },
      { path: `${folder}${TABLE}`, bytes: table },
      ...others.map((file) => ({ ...file, path: FOLDER + file.path })),
    ];
  }

  /** A table says why it cannot be read by an error. */
  private async table(random: Random): Promise<string | null> {
    const [file] = random.one(this.cases);
    const other = random.one(random.one(this.cases)).bytes;
    const bytes = damaged(file!.bytes, random, other);
    const format = formats[0]!;
    try {
      const { runs } = await format.read({ name: file!.path, bytes });
      const wrong = runs.find((run) => !(run.peakLr > 0 && run.tokens > 0 && run.line > 0));
      return wrong ? `a run at line ${wrong.line} has no rate or tokens` : null;
    } catch (e) {
      return sayingWhy(e);
    }
  }

  private async archive(random: Random): Promise<string | null> {
    const files = random.one(this.cases);
    const packed = await pack(files, random);
    const neighbour = gzipSync(this.log, { mtime: 0 });
    const bytes = damaged(packed, random, Buffer.from(neighbour));
    const beside = { path: `${LOG}.gz`, bytes: Buffer.from(neighbour) };
    const { files: inside } = await unpack([{ path: "a.archive", bytes }, beside].map(sourceOf));
    const own = inside.filter(({ path }) => path === LOG);
    const text = own[0] ? Buffer.from(await own[0].read(0, own[0].size)) : null;
    if (own.length !== 1 || !text?.equals(this.log)) return "the archive beside it is unpacked otherwise than alone";
    const none = async () => {};
    await readHistories(inside, histories, { batch: none, ended: none });
    return null;
  }
}

const sourceOf = ({ path, bytes }: CaseFile) => memoryFile(path, bytes, NOW - 1e10);

async function pack(files: readonly CaseFile[], random: Random): Promise<Buffer> {
  const tar = () =>
    packTar(
      files.map(({ path, bytes }) => ({
        header: { name: path, size: bytes.length, type: "file" as const, mtime: new Date(NOW) },
        body: bytes,
      })),
    );
  const kind = random.below(4);
  if (kind === 0) return Buffer.from(zipSync(Object.fromEntries(files.map((f) => [f.path, f.bytes])), { mtime: NOW }));
  if (kind === 1) return Buffer.from(await tar());
  if (kind === 2) return Buffer.from(gzipSync(await tar(), { mtime: 0 }));
  return Buffer.from(gzipSync(random.one(files).bytes, { mtime: 0 }));
}

async function read(files: readonly CaseFile[]): Promise<Found> {
  const points = new Set<string>();
  const hashes = new Map<FoundRun, string[]>();
  const isNeighbour = ({ files }: FoundRun) => files.every(({ path }) => /fuzz neighbour/.test(path));
  const batch = async (run: FoundRun, { rewindTo, series }: Batch) => {
    const own = hashes.get(run) ?? [];
    hashes.set(run, own);
    for (const { metric, steps, values, times, tokens } of series) {
      if (isNeighbour(run)) {
        const hash = createHash("sha256");
        for (const column of [steps, values, times, tokens]) hash.update(column);
        own.push(`${metric} ${rewindTo} ${hash.digest("hex")}`);
      } else for (let i = 0; i < steps.length; i++) points.add(`${metric} ${steps[i]} ${values[i]}`);
    }
  };
  const report = await readHistories(files.map(sourceOf), histories, { batch, ended: async () => {} });
  // Of a run with an id that stands in several lists, one row is read.
  const alike = report.runs.filter((run) => isNeighbour(run) && !run.format.lists);
  const neighbours = alike.map((run) => {
    const { state, finalLoss } = resultOfRun(run, NOW);
    const key = `${run.format.name} ${run.files.map(({ path }) => path).join(" ")} ${run.key}`;
    return [key, `${run.read.name} ${state} ${finalLoss} ${hashes.get(run)?.join(" ")}`] as const;
  });
  const own = report.problems.filter(({ path }) => !/fuzz neighbour/.test(path));
  const problems = new Set(own.map(({ path, line, message }) => `${path} ${line}: ${message}`));
  const formats = [...new Set(report.runs.filter((run) => !isNeighbour(run)).map((run) => run.format.name))].join(" ");
  return { points, neighbours: new Map(neighbours), problems, formats };
}

/** An error that a person can do something about, and none of the language itself. */
function sayingWhy(e: unknown): string | null {
  const isOwn = e instanceof Error && e.constructor === Error && e.message !== "";
  return isOwn ? null : `it ends in ${e instanceof Error ? e.stack : String(e)}`;
}
