import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { SourceFile } from "@/lib/import";

/** Folders that hold no logs of runs, or copies of them. */
const SKIPPED = /^(\.git|node_modules|__pycache__|\.venv|venv)$/;

/** The files that paths stand for, folders with all that is in them; links are not followed out of them. */
export async function localFiles(paths: readonly string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((e: NodeJS.ErrnoException) => {
      throw new Error(`${path} cannot be read (${e.code})`);
    });
    if (found.isDirectory()) await walk(path, paths.length > 1 ? basename(path) : "", files);
    else files.push(localFile(path, basename(path), found));
  }
  return files;
}

async function walk(folder: string, name: string, files: SourceFile[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((p, q) => (p.name < q.name ? -1 : 1))) {
    const at = join(folder, entry.name);
    const path = name === "" ? entry.name : `${name}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED.test(entry.name)) await walk(at, path, files);
    } else if (entry.isFile()) files.push(localFile(at, path, await stat(at)));
  }
}

/** A file on this machine; it is open only while it is read. */
function localFile(at: string, path: string, { size, mtimeMs }: { size: number; mtimeMs: number }): SourceFile {
  return {
    path,
    size,
    modified: mtimeMs,
    read: async (from, to) => {
      const handle = await open(at, "r");
      try {
        const bytes = new Uint8Array(Math.max(0, to - from));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
        return bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
}
