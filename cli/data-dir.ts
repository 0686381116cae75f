import { randomBytes } from "node:crypto";
import { access, chmod, constants, link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

interface Lock {
  pid: number;
  startedAt: string;
  url: string;
}

/** Makes the data directory (mode 0700) and checks that it can be written. */
export async function openDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await chmod(dataDir, 0o700);
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (e) {
    throw new Error(
      `ETALON_DATA_DIR: ${dataDir} cannot be written (${(e as NodeJS.ErrnoException).code}); choose another folder`,
    );
  }
}

/** Takes the directory for this process, or throws when a living server has it. Returns the release. */
export async function lockDataDir(dataDir: string, url: string): Promise<() => Promise<void>> {
  const path = join(dataDir, "server.json");
  const own = `${path}.${process.pid}`;
  const lock: Lock = { pid: process.pid, startedAt: (await startTime(process.pid)) ?? "", url };
  await writeFile(own, JSON.stringify(lock), { mode: 0o600 });
  try {
    // A link appears whole or not at all, and only where there is none: of several starters one gets it.
    while (!(await linked(own, path))) {
      const holder = await readLock(path);
      if (holder)
        throw new Error(`${dataDir} is in use by the server at ${holder.url} (process ${holder.pid}); stop it first`);
      await dropStale(path, `${own}.stale`);
    }
  } finally {
    await rm(own, { force: true });
  }
  return () => rm(path, { force: true });
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

/** Removes the lock of a dead server; one that a living server took in the meantime is put back. */
async function dropStale(path: string, aside: string): Promise<void> {
  const moved = await rename(path, aside).then(
    () => true,
    () => false, // another starter was faster
  );
  if (moved && (await readLock(aside))) await linked(aside, path);
  await rm(aside, { force: true });
}

/** The lock's holder if it is alive; a process number that was given to another program since does not count. */
async function readLock(path: string): Promise<Lock | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (!text) return null;
  try {
    const lock = JSON.parse(text) as Lock;
    return processAlive(lock.pid) && (await startTime(lock.pid)) === lock.startedAt ? lock : null;
  } catch {
    return null;
  }
}

/** Start time of a process in the kernel's ticks, "" where /proc does not exist, null when it is gone. */
async function startTime(pid: number): Promise<string | null> {
  if (process.platform !== "linux") return "";
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

export function processAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A secret of the data directory, made at the first start, mode 0600. */
export async function secretFile(
  dataDir: string,
  name: string,
  make = () => randomBytes(32).toString("hex"),
): Promise<string> {
  const path = join(dataDir, name);
  const known = await readFile(path, "utf8").catch(() => null);
  if (known) return known.trim();
  const secret = make();
  await writeFile(path, secret, { mode: 0o600 });
  return secret;
}
