import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alive, placeOfProcesses } from "@/os/process";

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

/** Within one value of it process numbers mean the same processes. */
export async function machineMark(): Promise<string> {
  return createHash("sha256")
    .update((await placeOfProcesses()).join("\n"))
    .digest("hex")
    .slice(0, 12);
}
