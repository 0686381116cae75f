import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alive } from "./process";

const PREFIX = "etalon-job-";

/** A folder for one job's files; its name says which process made it. */
export function makeWorkFolder(root = tmpdir()): Promise<string> {
  return mkdtemp(join(root, `${PREFIX}${process.pid}-`));
}

/** Removes the folders of agents that were killed before they could. */
export async function removeLeftFolders(root = tmpdir()): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (pid && !alive(pid)) await rm(join(root, name), { recursive: true, force: true }).catch(() => {}); // another user's
  }
}
