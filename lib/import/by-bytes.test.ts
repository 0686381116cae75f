import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { histories, memoryFile, readHistories } from ".";

// Lines of UTF-8 that have the shape of the line before are read from their bytes; texts in UTF-16 by expressions alone.
const CASES = join(import.meta.dirname, "text", "cases");
const inputs = readdirSync(CASES, { recursive: true, encoding: "utf8" })
  .map((name) => join(CASES, name))
  .filter((path) => path.includes("/input/") && statSync(path).isFile());

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 + 2 * text.length);
  bytes.set([0xff, 0xfe]);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 + 2 * i, text.charCodeAt(i), true);
  return bytes;
}

async function read(bytes: Uint8Array) {
  const all: [string, string, number[], number[], number[]][] = [];
  const { runs } = await readHistories([memoryFile("a.log", bytes)], histories, {
    batch: async (run, { series, rewindTo }) => {
      for (const { metric, steps, values, times } of series)
        all.push([`${run.key} ${metric} ${rewindTo}`, run.format.name, [...steps], [...values], [...times]]);
    },
    ended: async () => {},
  });
  return { all, runs: runs.map(({ read }) => [read.state, read.points, read.settings, read.logged().length]) };
}

test.each(inputs.map((path) => [path.slice(CASES.length + 1), path]))("%s", async (_, path) => {
  const bytes = readFileSync(path);
  const isText = !bytes.includes(0);
  const text = new TextDecoder("utf-8").decode(bytes);
  if (!isText || text.includes("\uFFFD")) return;
  expect(await read(new TextEncoder().encode(text))).toEqual(await read(utf16(text)));
});
