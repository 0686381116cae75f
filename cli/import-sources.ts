import { type FileHandle, mkdtemp, open, readdir, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, sep } from "node:path";
import { type SourceFile, type Space, unpack } from "@/lib/import";

/** Folders that hold no logs of runs, or copies of them. */
const SKIPPED = /^(\.git|node_modules|__pycache__|\.venv|venv)$/;

/**
 * Does something with the files that paths stand for, those in archives unpacked; what that takes of the disk is given
 * back afterwards.
 */
export async function withFiles<Result>(
  paths: readonly string[],
  use: (unpacked: Awaited<ReturnType<typeof unpack>>) => Promise<Result>,
): Promise<Result> {
  const disk = diskSpace();
  try {
    const { files, problems } = await localFiles(paths);
    const unpacked = await unpack(files, { space: disk.space });
    return await use({ ...unpacked, problems: [...problems, ...unpacked.problems] });
  } finally {
    await disk.close();
  }
}

/** A file of its own among the system's temporary ones, made when it is first needed. */
function diskSpace(): { space: Space; close(): Promise<void> } {
  let size = 0;
  let made: { folder: string; handle: FileHandle } | null = null;
  const file = async () => {
    if (made) return made.handle;
    const folder = await mkdtemp(join(tmpdir(), "etalon-import-"));
    made = { folder, handle: await open(join(folder, "unpacked"), "w+") };
    return made.handle;
  };
  const space: Space = {
    get size() {
      return size;
    },
    append: async (bytes) => {
      for (let at = 0; at < bytes.length; )
        at += (await (await file()).write(bytes, at, bytes.length - at, size + at)).bytesWritten;
      size += bytes.length;
    },
    read: async (from, to) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(to, size) - from));
      if (bytes.length === 0) return bytes;
      const { bytesRead } = await (await file()).read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    },
  };
  const close = async () => {
    await made?.handle.close();
    if (made) await rm(made.folder, { recursive: true, force: true });
  };
  return { space, close };
}

interface Found {
  files: SourceFile[];
  problems: Awaited<ReturnType<typeof unpack>>["problems"];
}

/** The files that paths stand for, folders with all that is in them; links are not followed out of them. */
async function localFiles(paths: readonly string[]): Promise<Found> {
  const all: Found = { files: [], problems: [] };
  for (const path of paths) {
    const found = await stat(path).catch((e: NodeJS.ErrnoException) => {
      throw new Error(`${path} cannot be read (${e.code})`);
    });
    if (found.isDirectory()) {
      const top = await realpath(path);
      await walk({ folder: path, name: paths.length > 1 ? basename(path) : "", top }, all);
    } else if (found.isFile()) all.files.push(localFile(path, basename(path), found));
    else throw new Error(`${path} is a pipe or a device, which cannot be read twice; write what it gives to a file`);
  }
  return all;
}

async function walk({ folder, name, top }: { folder: string; name: string; top: string }, all: Found): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((e: NodeJS.ErrnoException) => {
    if (name === "") throw new Error(`${folder} cannot be read (${e.code})`);
    all.problems.push({ path: name, line: null, message: `the folder cannot be read (${e.code})` });
    return [];
  });
  for (const entry of entries.sort((p, q) => (p.name < q.name ? -1 : 1))) {
    const at = join(folder, entry.name);
    const path = name === "" ? entry.name : `${name}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED.test(entry.name)) await walk({ folder: at, name: path, top }, all);
    } else if (entry.isFile()) {
      // A program may take a file away between the listing and this.
      const found = await stat(at).catch(() => null);
      if (found) all.files.push(localFile(at, path, found));
    } else if (entry.isSymbolicLink()) {
      const target = await realpath(at).catch(() => null);
      if (target !== null && target !== top && !target.startsWith(`${top}${sep}`))
        all.problems.push({
          path,
          line: null,
          message: `a link out of the folder is not followed; name ${target} itself`,
        });
    }
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
