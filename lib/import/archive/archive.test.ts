import { deflateRawSync, gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { expect, it } from "vitest";
import { memoryFile, type SourceFile } from "../source";
import { unpack } from ".";
import { crc32 } from "./streams";

const CSV = "step,loss\n1,2.5\n2,2.25\n";
/** CSV as the program zstd packs it. */
const ZSTD = "KLUv/QRouQAAc3RlcCxsb3NzCjEsMi41CjIsMi4yNQrm+SEJ";
const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = async (file: SourceFile) => new TextDecoder().decode(await file.read(0, file.size));

it("puts the files of archives in their place", async () => {
  const tar = await packTar([
    { header: { name: "runs/", size: 0, type: "directory" } },
    { header: { name: "runs/a.csv", size: CSV.length, type: "file" }, body: CSV },
  ]);
  const { files, problems } = await unpack([
    memoryFile("x/plain.csv", bytesOf(CSV)),
    memoryFile("runs.zip", zip([{ name: "in/deflated.csv" }, { name: "stored.csv", isStored: true }])),
    memoryFile("runs.tar", tar),
    memoryFile("runs.tgz", gzipSync(tar)),
    memoryFile("logs/train.log.gz", Buffer.concat([gzipSync(CSV.slice(0, 9)), gzipSync(CSV.slice(9))])),
    memoryFile("train.csv.zst", Buffer.from(ZSTD, "base64")),
    memoryFile("nested.zip", zip([{ name: "inner.csv.gz", content: gzipSync(CSV) }])),
  ]);
  expect(problems).toEqual([]);
  expect(files.map(({ path }) => path)).toEqual([
    "x/plain.csv",
    "runs.zip/in/deflated.csv",
    "runs.zip/stored.csv",
    "runs.tar/runs/a.csv",
    "runs.tgz/runs/a.csv",
    "logs/train.log",
    "train.csv",
    "nested.zip/inner.csv",
  ]);
  for (const file of files) expect(await textOf(file)).toBe(CSV);
  expect(new TextDecoder().decode(await files[1]!.read(5, 9))).toBe("loss");
});

it("lets no path lead out, and no link in", async () => {
  const names = ["../up.csv", "/etc/abs.csv", "a/../../b.csv", "C:\\x.csv", "fine.csv"].map((name) => ({ name }));
  const tar = await packTar([{ header: { name: "l", size: 0, type: "symlink", linkname: "/etc/passwd" } }]);
  const { files, problems } = await unpack([
    memoryFile("a.zip", zip([...names, { name: "link.csv", mode: 0o120777 }])),
    memoryFile("a.tar", tar),
  ]);
  expect(files.map(({ path }) => path)).toEqual(["a.zip/fine.csv"]);
  expect(problems.map(({ message }) => message.replace(/^.*: /, ""))).toEqual([
    "its path leads out of the archive",
    "its path is absolute",
    "its path leads out of the archive",
    "its path is absolute",
    "it is a link",
    "it is a link",
  ]);
});

it("costs one archive, or one file of it, what is broken there", async () => {
  const whole = zip([{ name: "bad.csv" }, { name: "good.csv" }]);
  const changed = Uint8Array.from(whole);
  changed[40]! ^= 0x55;
  const { files, problems } = await unpack([
    memoryFile("changed.zip", changed),
    memoryFile("cut.zip", whole.subarray(0, 60)),
    memoryFile("cut.gz", gzipSync(CSV.repeat(50_000)).subarray(0, 2_000)),
    memoryFile("secret.zip", zip([{ name: "x.csv", flags: 1 }])),
    memoryFile("deep.zip", zip([{ name: "1.zip", content: zip([{ name: "2.zip", content: zip([{ name: "x" }]) }]) }])),
    memoryFile("weights.zip", zip([{ name: "model.safetensors" }, { name: "a.png" }])),
    memoryFile("crc.zip", zip([{ name: "x.csv", crc: 1 }])),
    memoryFile("a.log.bz2", bytesOf("BZh91AY&SY")),
  ]);
  expect(files.map(({ path }) => path)).toEqual(["changed.zip/good.csv", "cut"]);
  expect((await textOf(files[1]!)).startsWith(CSV.repeat(100))).toBe(true);
  expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    expect.stringMatching(/^changed.zip\/bad.csv: it cannot be unpacked/),
    expect.stringMatching(/^cut.zip: it cannot be unpacked: its directory is missing/),
    expect.stringMatching(/^cut: its packed file is cut or damaged; the \d+ bytes before that were read$/),
    "secret.zip/x.csv: it cannot be unpacked: it is encrypted",
    "deep.zip/1.zip/2.zip: an archive within an archive within an archive is not unpacked",
    "weights.zip: left 2 files with weights or pictures in it",
    "crc.zip/x.csv: it cannot be unpacked: its checksum does not fit: the archive is damaged",
    "a.log.bz2: a bzip2 archive is not read; unpack it first",
  ]);
});

it("checks with the CRC-32 that everybody has", () => {
  expect(crc32(bytesOf("123456789"), 0)).toBe(0xcbf43926);
  expect(crc32(bytesOf("6789"), crc32(bytesOf("12345"), 0))).toBe(0xcbf43926);
});

it("bounds what comes out", async () => {
  const bomb = new Uint8Array(100 << 20);
  const { files, problems } = await unpack([
    memoryFile("bomb.zip", zip([{ name: "zeros.log", content: bomb }, { name: "a.csv" }])),
    memoryFile("zeros.log.gz", gzipSync(bomb)),
  ]);
  expect(files.map(({ path }) => path)).toEqual(["bomb.zip/a.csv"]);
  expect(problems.map(({ message }) => message)).toEqual([
    "it cannot be unpacked: it grows to more than 400 times its size, as no log does",
    "it cannot be unpacked: it grows to more than 400 times its size, as no log does",
  ]);
  const few = await unpack([memoryFile("a.zip", zip([{ name: "a.csv" }, { name: "b.csv" }]))], {
    limits: { bytes: 1e9, files: 1, ratio: 400 },
  });
  expect(few.problems.map(({ message }) => message)).toEqual([
    "it cannot be unpacked: archives hold more than 1 files",
  ]);
});

interface Entry {
  name: string;
  content?: Uint8Array;
  isStored?: boolean;
  mode?: number;
  flags?: number;
  crc?: number;
}

/** A zip archive as the description of the format says. */
function zip(entries: readonly Entry[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content = bytesOf(CSV), isStored = false, mode = 0o100644, flags = 0, crc } of entries) {
    const packed = isStored ? Buffer.from(content) : deflateRawSync(content);
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt16LE(flags, 2);
    about.writeUInt16LE(isStored ? 0 : 8, 4);
    about.writeUInt16LE(0x5821, 8);
    about.writeUInt32LE(crc ?? crc32(content, 0), 10);
    about.writeUInt32LE(packed.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(Buffer.byteLength(name), 22);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(mode * 2 ** 16, 6);
    end.writeUInt32LE(at, 10);
    parts.push(Buffer.from("PK\x03\x04"), about, Buffer.from(name), packed);
    directory.push(Buffer.from("PK\x01\x02\x14\x03"), about, end, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, ...directory, Buffer.from("PK\x05\x06"), end]);
}
