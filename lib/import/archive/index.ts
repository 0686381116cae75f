import { counted } from "../../format";
import { chunksOf, type SourceFile, splitPath } from "../source";
import { Allowance, isUseless, LIMITS, type Limits, PastLimit, plainPath, unsafe } from "./limits";
import { memorySpace, partOf, type Space } from "./space";
import { bytesOf, chunksIn, crc32, type Packing, peeked, streamOf, unpackedBytes } from "./streams";
import { dataStart, isDeflated, isStored, type ZipEntry, zipEntries } from "./zip";

export type { Space } from "./space";

/** An archive in an archive is unpacked, one in that is not. */
const DEEPEST = 2;
const MEMORY_BYTES = 256 << 20;
/** Zip archives by their content that are something else. */
const OTHER_ZIPS = /\.(xlsx|docx|pptx|ods|odt|keras|jar|whl|apk|epub|pt|pth|ckpt|npz|pkl)$/i;

const OTHERS: readonly [string, ...number[]][] = [
  ["bzip2", 0x42, 0x5a, 0x68],
  ["xz", 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  ["7z", 0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
  ["RAR", 0x52, 0x61, 0x72, 0x21, 0x1a, 7],
];

export interface Unpacked {
  files: SourceFile[];
  problems: { path: string; line: null; message: string }[];
}

type Kind = "zip" | "tar" | "gzip" | "zstd";

/**
 * Files, with those in archives (zip, tar, gzip, zstd) in place of the archives: `runs.zip/inner/path`. What is packed
 * is unpacked once, into `space`. An archive that cannot be read costs no other.
 */
export async function unpack(
  files: readonly SourceFile[],
  { space = memorySpace(MEMORY_BYTES), limits = LIMITS }: { space?: Space; limits?: Limits } = {},
): Promise<Unpacked> {
  const unpacker = new Unpacker(space, new Allowance(limits), new Set(files.map(({ path }) => path)));
  for (const file of files) await unpacker.file(file, 0);
  return { files: unpacker.files, problems: unpacker.problems };
}

class Unpacker {
  readonly files: SourceFile[] = [];
  readonly problems: Unpacked["problems"] = [];
  private useless = 0;

  constructor(
    private readonly space: Space,
    private readonly allowance: Allowance,
    private readonly taken: Set<string>,
  ) {}

  async file(file: SourceFile, depth: number): Promise<void> {
    const kind = OTHER_ZIPS.test(file.path) ? null : await this.kindOf(file);
    if (kind === null) {
      this.files.push(file);
      return;
    }
    if (typeof kind === "object") {
      this.problem(file.path, `a ${kind.other} archive is not read; unpack it first`);
      return;
    }
    if (depth >= DEEPEST) {
      this.problem(file.path, "an archive within an archive within an archive is not unpacked");
      return;
    }
    this.useless = 0;
    try {
      if (kind === "zip") await this.zip(file, depth);
      else if (kind === "tar") await this.tar(file, chunksOf(file), depth);
      else await this.packed(file, kind, depth);
    } catch (e) {
      this.problem(file.path, `it cannot be unpacked: ${(e as Error).message}`);
    }
    if (this.useless > 0)
      this.problem(file.path, `left ${counted(this.useless, "file")} with weights or pictures in it`);
    this.useless = 0;
  }

  /** By its first bytes; a file that cannot be read is left to who reads it. */
  private async kindOf(file: SourceFile): Promise<Kind | { other: string } | null> {
    const head = await file.read(0, Math.min(file.size, 512)).catch(() => new Uint8Array(0));
    const begins = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
    if (begins(0x50, 0x4b, 3, 4) || begins(0x50, 0x4b, 5, 6)) return "zip";
    if (begins(0x1f, 0x8b, 8)) return "gzip";
    if (begins(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
    const other = OTHERS.find(([, ...bytes]) => begins(...bytes));
    if (other) return { other: other[0] };
    return isTar(head) ? "tar" : null;
  }

  private problem(path: string, message: string): void {
    this.problems.push({ path, line: null, message });
  }

  /** Whether a file of that name is to be unpacked. */
  private wants(archive: string, name: string, isLink: boolean): boolean {
    const why = unsafe(name) ?? (isLink ? "it is a link" : null);
    if (why !== null)
      this.problem(`${archive}/${plainPath(name).replaceAll("../", "")}`, `left out of the archive: ${why}`);
    else if (isUseless(name)) this.useless++;
    else {
      this.allowance.file();
      return true;
    }
    return false;
  }

  private async zip(file: SourceFile, depth: number): Promise<void> {
    for (const entry of await zipEntries(file)) {
      if (entry.isFolder || !this.wants(file.path, entry.name, entry.isLink)) continue;
      const path = `${file.path}/${plainPath(entry.name)}`;
      try {
        await this.inner(await this.zipped(file, entry, path), depth);
      } catch (e) {
        this.problem(path, `it cannot be unpacked: ${(e as Error).message}`);
      }
    }
  }

  private async zipped(file: SourceFile, entry: ZipEntry, path: string): Promise<SourceFile> {
    if (entry.isEncrypted) throw new Error("it is encrypted");
    const from = await dataStart(file, entry);
    const { size, packed, modified } = entry;
    if (from + packed > file.size) throw new Error("the archive is cut");
    if (isStored(entry)) return partOf(file, { path, from, size, modified });
    if (!isDeflated(entry))
      throw new Error(`it is packed by method ${entry.method}; known are 0 (stored) and 8 (deflate)`);
    const bytes = unpackedBytes(chunksIn(file, from, from + packed), "deflate");
    return this.kept(bytes, { path, packed, modified, crc: entry.crc });
  }

  private async tar(file: SourceFile, bytes: AsyncIterable<Uint8Array>, depth: number): Promise<void> {
    const { createTarDecoder } = await import("modern-tar");
    const entries = streamOf(bytes).pipeThrough(createTarDecoder());
    const reader = entries.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const { header, body } = value;
      const { name, type } = header;
      const isLink = type === "symlink" || type === "link";
      if ((type !== "file" && !isLink) || !this.wants(file.path, name, isLink)) {
        await body.cancel();
        continue;
      }
      const path = `${file.path}/${plainPath(name)}`;
      const modified = header.mtime?.getTime() ?? null;
      const kept = await this.kept(bytesOf(body), { path, packed: Math.max(1, header.size), modified });
      await this.inner(kept, depth);
    }
  }

  /** One packed file, which may be an archive: runs.tar.gz. */
  private async packed(file: SourceFile, packing: Extract<Packing, "gzip" | "zstd">, depth: number): Promise<void> {
    const { head, all } = await peeked(unpackedBytes(chunksOf(file), packing), 512);
    if (isTar(head)) return this.tar(file, this.counted(all, file.size), depth);
    const path = unpackedPath(file.path, this.taken);
    this.allowance.file();
    const about = { path, packed: file.size, modified: file.modified, mayBeCut: true };
    return this.inner(await this.kept(all, about), depth);
  }

  /** Holds a bomb that never ends before its first file does. */
  private async *counted(bytes: AsyncIterable<Uint8Array>, packed: number): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const piece of bytes) {
      size += piece.length;
      this.allowance.take(0, size, packed);
      yield piece;
    }
  }

  private async inner(file: SourceFile, depth: number): Promise<void> {
    const useless = this.useless;
    await this.file(file, depth + 1);
    this.useless = useless;
  }

  private async kept(
    bytes: AsyncIterable<Uint8Array>,
    { path, packed, modified, crc, mayBeCut }: Keeping,
  ): Promise<SourceFile> {
    const from = this.space.size;
    let size = 0;
    let check = 0;
    try {
      for await (const piece of bytes) {
        this.allowance.take(piece.length, size + piece.length, packed);
        if (crc !== undefined) check = crc32(piece, check);
        await this.space.append(piece);
        size += piece.length;
      }
    } catch (e) {
      if (!mayBeCut || size === 0 || e instanceof PastLimit) throw e;
      this.problem(path, `its packed file is cut or damaged; the ${size} bytes before that were read`);
    }
    if (crc !== undefined && check !== crc) throw new Error("its checksum does not fit: the archive is damaged");
    return partOf(this.space, { path, from, size, modified });
  }
}

interface Keeping {
  path: string;
  packed: number;
  modified: number | null;
  crc?: number;
  /** Whether what came before a break is kept. */
  mayBeCut?: boolean;
}

function isTar(head: Uint8Array): boolean {
  return head.length >= 512 && new TextDecoder("latin1").decode(head.subarray(257, 262)) === "ustar";
}

/** `train.log` of train.log.gz, where no file is called so already. */
function unpackedPath(path: string, taken: Set<string>): string {
  const plain = path.replace(/\.(gz|gzip|zst|zstd|tgz)$/i, "");
  const own = plain === path || taken.has(plain) ? `${path}/${splitPath(plain).name}` : plain;
  taken.add(own);
  return own;
}
