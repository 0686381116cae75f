import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { alive } from "./process";

const JOB = "etalon-job";

/**
 * A folder for one job's files, or below `prefix` for others'; its name says which process of which machine made it. A
 * process number alone means nothing where machines or containers share the file system.
 */
export async function makeWorkFolder(root = tmpdir(), prefix = JOB): Promise<string> {
  await mkdir(root, { recursive: true });
  return mkdtemp(join(root, `${prefix}-${await machineMark()}-${process.pid}-`));
}

/** Removes the folders of agents of this machine that were killed before they could. */
export async function removeLeftFolders(root = tmpdir(), prefix = JOB): Promise<void> {
  const mine = new RegExp(`^${prefix.replace(".", "\\.")}-${await machineMark()}-(\\d+)-`);
  for (const name of await readdir(root).catch(() => [])) {
    const pid = Number(mine.exec(name)?.[1]);
    if (pid && !alive(pid)) await rm(join(root, name), { recursive: true, force: true }).catch(() => {}); // another user's
  }
}

/** Within one value of it process numbers mean the same processes: host, boot of its kernel, process namespace. */
export async function machineMark(): Promise<string> {
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return createHash("sha256").update(`${hostname()}\n${boot}\n${namespace}`).digest("hex").slice(0, 12);
}
