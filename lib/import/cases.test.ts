import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { detect, formats, type ImportedRun } from ".";

// A case is a folder with one file and what is made of it: `expected.json`, `expected.err` (what is told of its
// problems, or why it cannot be read), or both. `npx vitest run --project unit lib/import/cases.test.ts -u` writes them.
const cases = formats.flatMap(({ name }) =>
  readdirSync(join(import.meta.dirname, name, "cases")).map((folder) => [name, folder] as const),
);

test.each(cases)("%s: %s", async (format, title) => {
  const folder = join(import.meta.dirname, format, "cases", title);
  const [name, ...others] = readdirSync(folder).filter((file) => !/^(expected\.|options\.json$)/.test(file));
  expect([name, others]).toEqual([expect.any(String), []]);
  const file = { name: name!, bytes: readFileSync(join(folder, name!)) };
  const optionsAt = join(folder, "options.json");
  const options = existsSync(optionsAt) ? JSON.parse(readFileSync(optionsAt, "utf8")) : {};
  const { made, told } = await outcome(() => detect(file).read(file, options));
  for (const [expected, text] of [
    ["expected.json", made],
    ["expected.err", told],
  ] as const) {
    if (text !== "") await expect(text).toMatchFileSnapshot(join(folder, expected));
    expect([expected, existsSync(join(folder, expected))]).toEqual([expected, text !== ""]);
  }
  if (made !== "") expect(detect(file).name).toBe(format);
});

async function outcome(read: () => ReturnType<(typeof formats)[number]["read"]>) {
  try {
    const { runs, problems, ...rest } = await read();
    const told = problems.map((p) => `line ${p.line}: ${p.field} "${p.value}" ${p.message}\n`).join("");
    const made = runs.length === 0 ? "" : `${JSON.stringify({ runs: runs.map(known), ...rest }, null, 2)}\n`;
    return { made, told };
  } catch (e) {
    return { made: "", told: `${(e as Error).message}\n` };
  }
}

/** Without the dimensions that the file does not say. */
function known(run: ImportedRun): Partial<ImportedRun> {
  return Object.fromEntries(Object.entries(run).filter(([, value]) => value !== null));
}
