import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { formats, histories, memoryFile, readHistories, reportJson, type SourceFile } from ".";

// A case is a folder with `input/` (files and folders as a program left them), `expected.json` (what is made of them)
// and SOURCE.md where they are somebody else's. `npx vitest run --project unit lib/import/history-cases.test.ts -u`
// writes what is expected: read it before it is committed.
const HERE = import.meta.dirname;
const folders = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const cases = folders
  .map(({ name }) => name)
  .filter((name) => existsSync(join(HERE, name, "cases")) && !formats.some((format) => format.name === name))
  .flatMap((format) => readdirSync(join(HERE, format, "cases")).map((title) => [format, title] as const));

test.each(cases)("%s: %s", async (format, title) => {
  const folder = join(HERE, format, "cases", title);
  const input = join(folder, "input");
  const none = async () => {};
  const report = await readHistories(filesBelow(input), histories, { batch: none, ended: none });
  const json = reportJson(report, { project: null, now: Number.MAX_SAFE_INTEGER, ids: new Map() });
  await expect(`${JSON.stringify(json, null, 1)}\n`).toMatchFileSnapshot(join(folder, "expected.json"));
});

test("every format has a case", () => {
  const read = new Set(
    cases.flatMap(([format, title]) => {
      const text = readFileSync(join(HERE, format, "cases", title, "expected.json"), "utf8");
      return (JSON.parse(text) as { files: { format: string | null }[] }).files.map((f) => f.format);
    }),
  );
  const without = histories.filter((f) => !read.has(f.name) && !f.unverified).map((f) => f.name);
  expect(without).toEqual([]);
});

function filesBelow(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort()
    .map((path) => memoryFile(relative(folder, path).replaceAll("\\", "/"), readFileSync(path)));
}
