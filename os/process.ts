import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether a process of this number exists, whoever's it is. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Resolves when a process has ended that is no child of ours; looking for it keeps nobody alive. */
export async function gone(pid: number, lookEveryMs: number): Promise<void> {
  while (alive(pid)) await sleep(lookEveryMs, undefined, { ref: false });
}

/** Host, boot of its kernel, process namespace: where all three are equal, process numbers mean the same processes. */
export async function placeOfProcesses(): Promise<[host: string, boot: string, namespace: string]> {
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return [hostname(), boot, namespace];
}
