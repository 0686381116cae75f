import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alive, placeOfProcesses } from "@/os/process";

interface Lock {
  id: string;
  pid: number;
  startedAt: string;
  /** Where the process number means something: machine, its boot, container. */
  place: string;
  url: string;
}

export interface LockOptions {
  /** Called when another server took the folder, thinking this one dead: this one must end at once. */
  onLost?: () => void;
  say?: (line: string) => void;
  beatMs?: number;
}

/** So many beats without a sign of life, and the holder of a lock is dead. */
const SILENT_BEATS = 4;
const BEAT_MS = 4_000;

/**
 * Takes the directory for this process, or throws when a living server has it. Returns the release. On the same machine
 * the holder's process is looked up; one in another container or on another machine shows that it lives by touching the
 * lock, which is watched for a while.
 */
export async function lockDataDir(
  dataDir: string,
  url: string,
  options: LockOptions = {},
): Promise<() => Promise<void>> {
  const path = join(dataDir, "server.json");
  const own = `${path}.${randomUUID()}`;
  const { pid } = process;
  const lock: Lock = { id: randomUUID(), pid, startedAt: (await startTime(pid)) ?? "", place: await placeOf(), url };
  await writeFile(own, JSON.stringify(lock), { mode: 0o600 });
  try {
    // A link appears whole or not at all, and only where there is none: of several starters one gets it.
    while (!(await linked(own, path))) {
      const text = await textOf(path);
      const holder = await livingHolder(path, options);
      if (holder)
        throw new Error(`${dataDir} is in use by the server at ${holder.url} (process ${holder.pid}); stop it first`);
      await dropStale(path, `${own}.stale`, text);
    }
  } finally {
    await rm(own, { force: true });
  }
  return beat(path, lock, options);
}

/** Touches the lock until it is released; a lock that somebody else took since is left to them. */
function beat(path: string, lock: Lock, { onLost, beatMs = BEAT_MS }: LockOptions): () => Promise<void> {
  const isOurs = async () => (await readLock(path))?.id === lock.id;
  const timer = setInterval(async () => {
    try {
      const now = new Date();
      if (await isOurs()) await utimes(path, now, now);
      else if (await readLock(path)) onLost?.();
    } catch {
      // A folder that cannot be read for a while: the next beat tells.
    }
  }, beatMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    if (await isOurs()) await rm(path, { force: true });
  };
}

function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (e: NodeJS.ErrnoException) => {
      if (e.code === "EEXIST") return false;
      throw e;
    },
  );
}

/** Removes the lock of a dead server, which reads `dead`; another that somebody took in the meantime is put back. */
async function dropStale(path: string, aside: string, dead: string | null): Promise<void> {
  const moved = await rename(path, aside).then(
    () => true,
    () => false, // another starter was faster
  );
  if (moved && (await textOf(aside)) !== dead) await linked(aside, path);
  await rm(aside, { force: true });
}

/** The lock's holder if it is alive; a process number that was given to another program since does not count. */
async function livingHolder(path: string, { say, beatMs = BEAT_MS }: LockOptions): Promise<Lock | null> {
  const lock = await readLock(path);
  if (!lock) return null;
  if (lock.place === undefined || lock.place === (await placeOf()))
    return alive(lock.pid) && (await startTime(lock.pid)) === lock.startedAt ? lock : null;
  say?.(`looking whether the server at ${lock.url}, of another machine or container, still runs`);
  const first = await touchedAt(path);
  for (let i = 0; i < SILENT_BEATS * 4; i++) {
    await sleep(beatMs / 4);
    if ((await touchedAt(path)) !== first) return (await readLock(path)) ? lock : null;
  }
  return null;
}

async function touchedAt(path: string): Promise<number> {
  return stat(path).then(
    (s) => s.mtimeMs,
    () => 0,
  );
}

async function readLock(path: string): Promise<Lock | null> {
  try {
    return JSON.parse((await textOf(path)) ?? "null") as Lock | null;
  } catch {
    return null;
  }
}

function textOf(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

async function placeOf(): Promise<string> {
  return (await placeOfProcesses()).map((part) => part.trim()).join(" ");
}

/** Start time of a process in the kernel's ticks, "" where /proc does not exist, null when it is gone. */
async function startTime(pid: number): Promise<string | null> {
  if (process.platform !== "linux") return "";
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return line?.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}
