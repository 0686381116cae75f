import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { alive } from "@/os/process";
import { machineMark } from "./work-folder";

interface Note {
  instance: string;
  pid: number;
  machine: string;
}

/**
 * What tells this agent from another of the same name and host. Kept in `folder`, so that an agent that was killed
 * comes back as the one it was; while its process lives, or may live on another machine, the next one is another.
 */
export async function agentInstance(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `.agent-${createHash("sha256").update(name).digest("hex").slice(0, 16)}.json`);
  const machine = await machineMark();
  const aside = `${path}.${randomUUID()}`;
  // Of several that start at once one gets the note; the others are new.
  const left = await rename(path, aside).then(
    () => readFile(aside, "utf8"),
    () => null,
  );
  await rm(aside, { force: true });
  const known = left === null ? null : parsed(left);
  const ended = known?.machine === machine && !alive(known.pid);
  const note: Note = { instance: known && ended ? known.instance : randomUUID(), pid: process.pid, machine };
  await writeFile(aside, JSON.stringify(note), { mode: 0o600 });
  await rename(aside, path);
  return note.instance;
}

function parsed(text: string): Note | null {
  try {
    const { instance, pid, machine } = JSON.parse(text) as Partial<Note>;
    return typeof instance === "string" && typeof pid === "number" && typeof machine === "string"
      ? { instance, pid, machine }
      : null;
  } catch {
    return null;
  }
}
