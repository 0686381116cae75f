import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Followed,
  type ImportServer,
  type SendOptions,
  type Sent,
  type SourceFile,
  sendHistories,
} from "@/lib/import";
import { withFiles } from "./import-sources";

/** So long after its last change a file is looked at once more: its run is then over, whatever it says. */
const SETTLES_MS = 31 * 60_000;
const TAIL_BYTES = 1 << 16;

type Options = Omit<SendOptions, "now" | "live" | "follow" | "importId">;

interface Watch {
  everyMs: number;
  signal: AbortSignal;
  /** Hears of each round that brought something. */
  told: (sent: Sent) => void;
  /** Hears why a round failed; the next one tries again. */
  failed: (e: Error) => void;
}

/**
 * Imports what changes in some paths, until it is told to stop: files that grow, files that are begun anew or whose old
 * content was moved away (their run goes on), and new ones.
 */
export async function watchPaths(
  paths: readonly string[],
  server: ImportServer,
  options: Options,
  { everyMs, signal, told, failed }: Watch,
): Promise<void> {
  const round = new Round(server, options);
  while (!signal.aborted) {
    try {
      const sent = await withFiles(paths, ({ files }) => round.over(files, Date.now()));
      for (const one of sent) if (one.created + one.updated > 0) told(one);
    } catch (e) {
      failed(e as Error);
    }
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
}

class Round {
  private importId: string | null = null;
  private follow = new Map<string, Followed>();
  private readonly seen = new Map<string, { size: number; modified: number | null; settled: boolean }>();
  /** Files to which the old content of others was moved. */
  private readonly moved = new Set<string>();

  constructor(
    private readonly server: ImportServer,
    private readonly options: Options,
  ) {}

  async over(found: readonly SourceFile[], now: number): Promise<Sent[]> {
    const files = await Promise.all(found.filter(({ path }) => !this.moved.has(path)).map(whole));
    const news = files.filter((file) => this.isNews(file, now));
    if (news.length === 0) return [];
    const moved = new Set<SourceFile>();
    for (const file of news) if (!this.seen.has(file.path) && (await this.isMoved(file))) moved.add(file);
    const rest = files.filter((file) => !moved.has(file) && news.some((other) => isBeside(file, other)));
    const sent: Sent[] = [];
    // What was written before it was moved comes before what stands in its place.
    if (moved.size > 0) sent.push(await this.send([...moved], now));
    if (rest.length > 0) sent.push(await this.send(rest, now));
    for (const { path } of moved) this.moved.add(path);
    for (const file of news) this.seen.set(file.path, { ...file, settled: hasSettled(file, now) });
    return sent;
  }

  private async send(files: readonly SourceFile[], now: number): Promise<Sent> {
    const sent = await sendHistories(files, this.server, {
      ...this.options,
      now,
      live: true,
      follow: this.follow,
      importId: this.importId,
    });
    this.importId = sent.importId;
    this.follow = new Map([...this.follow, ...sent.followed]);
    return sent;
  }

  private isNews(file: SourceFile, now: number): boolean {
    const seen = this.seen.get(file.path);
    if (!seen || seen.size !== file.size || seen.modified !== file.modified) return true;
    return !seen.settled && hasSettled(file, now);
  }

  /** Whether a new file begins with what another one held. */
  private async isMoved(file: SourceFile): Promise<boolean> {
    for (const { bytes, sha256 } of this.follow.values()) {
      if (bytes === 0 || bytes > file.size) continue;
      const head = createHash("sha256").update(await file.read(0, bytes));
      if (head.digest("hex") === sha256) return true;
    }
    return false;
  }
}

const hasSettled = ({ modified }: SourceFile, now: number) => modified !== null && now - modified > SETTLES_MS;

/** Files of one folder, or of folders within it, may be of one run. */
function isBeside(a: SourceFile, b: SourceFile): boolean {
  const [p, q] = [a, b].map(({ path }) => path.slice(0, path.lastIndexOf("/") + 1)) as [string, string];
  return p.startsWith(q) || q.startsWith(p);
}

/** A text without the beginning of a line that is still being written. */
async function whole(file: SourceFile): Promise<SourceFile> {
  const from = Math.max(0, file.size - TAIL_BYTES);
  const tail = await file.read(from, file.size);
  const end = tail.lastIndexOf(0x0a);
  if (end < 0 || tail.includes(0)) return file;
  return { ...file, size: from + end + 1 };
}
