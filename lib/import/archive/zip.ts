import type { SourceFile } from "../source";

const [STORED, DEFLATED] = [0, 8];
const MOST_END = 22 + 0xffff;
const NONE = 0xffffffff;

/** A file in a zip archive, as its directory at the end tells of it. */
export interface ZipEntry {
  name: string;
  isLink: boolean;
  isFolder: boolean;
  isEncrypted: boolean;
  method: number;
  crc: number;
  packed: number;
  size: number;
  header: number;
  modified: number | null;
}

/** The files of an archive; throws an Error where its directory cannot be read. */
export async function zipEntries(file: SourceFile): Promise<ZipEntry[]> {
  const { start, size, count } = await directoryOf(file);
  if (start + size > file.size) throw new Error("its directory lies outside the file: it is cut");
  const bytes = await file.read(start, start + size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count && at + 46 <= bytes.length; ) {
    if (view.getUint32(at, true) !== 0x02014b50)
      throw new Error(`its directory is broken at entry ${entries.length + 1}`);
    const [nameLength, extraLength, noteLength] = [28, 30, 32].map((o) => view.getUint16(at + o, true)) as [
      number,
      number,
      number,
    ];
    const from = at + 46;
    const extra = bytes.subarray(from + nameLength, from + nameLength + extraLength);
    entries.push(entryOf(view, at, { name: bytes.subarray(from, from + nameLength), extra }));
    at = from + nameLength + extraLength + noteLength;
  }
  if (entries.length < count) throw new Error(`its directory names ${count} files and holds ${entries.length}`);
  return entries;
}

/** Where a file's packed bytes begin. */
export async function dataStart(file: SourceFile, { header }: ZipEntry): Promise<number> {
  const bytes = await file.read(header, header + 30);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 30 || view.getUint32(0, true) !== 0x04034b50)
    throw new Error("its header is not where it should be");
  return header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
}

export const isStored = ({ method }: ZipEntry) => method === STORED;
export const isDeflated = ({ method }: ZipEntry) => method === DEFLATED;

async function directoryOf(file: SourceFile): Promise<{ start: number; size: number; count: number }> {
  const from = Math.max(0, file.size - MOST_END);
  const bytes = await file.read(from, file.size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = bytes.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) throw new Error("its directory is missing: it is cut, or no zip archive");
  const [count, size, start] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  if (count !== 0xffff && size !== NONE && start !== NONE) return { start, size, count };
  const locator = at - 20;
  if (locator < 0 || view.getUint32(locator, true) !== 0x07064b50) return { start, size, count };
  const end = await file.read(uint64(view, locator + 8), uint64(view, locator + 8) + 56);
  const wide = new DataView(end.buffer, end.byteOffset, end.length);
  if (end.length < 56 || wide.getUint32(0, true) !== 0x06064b50) throw new Error("its directory (zip64) is broken");
  return { count: uint64(wide, 32), size: uint64(wide, 40), start: uint64(wide, 48) };
}

function entryOf(view: DataView, at: number, { name, extra }: { name: Uint8Array; extra: Uint8Array }): ZipEntry {
  const flags = view.getUint16(at + 8, true);
  const mode = view.getUint32(at + 38, true) >>> 16;
  const text = decodedName(name);
  const sizes = widened(
    {
      size: view.getUint32(at + 24, true),
      packed: view.getUint32(at + 20, true),
      header: view.getUint32(at + 42, true),
    },
    extra,
  );
  return {
    name: text,
    isLink: (mode & 0xf000) === 0xa000,
    isFolder: text.endsWith("/"),
    isEncrypted: (flags & 1) !== 0,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    modified: dosTime(view.getUint16(at + 14, true), view.getUint16(at + 12, true)),
    ...sizes,
  };
}

/** Sizes above 4 GiB stand in an extra field, only those that do not fit. */
function widened<S extends { size: number; packed: number; header: number }>(sizes: S, extra: Uint8Array): S {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  const wide = { ...sizes };
  for (let at = 0; at + 4 <= extra.length; ) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    let from = at + 4;
    if (id === 1)
      for (const key of ["size", "packed", "header"] as const)
        if (wide[key] === NONE && from + 8 <= Math.min(extra.length, at + 4 + length)) {
          wide[key] = uint64(view, from);
          from += 8;
        }
    at += 4 + length;
  }
  return wide;
}

function decodedName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

/** Without a zone: it is taken as UTC. */
function dosTime(date: number, time: number): number | null {
  if (date === 0) return null;
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  return Date.UTC(year, month - 1, day, time >> 11, (time >> 5) & 63, 2 * (time & 31));
}

function uint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
