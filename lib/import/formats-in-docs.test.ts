import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { histories } from ".";

const rows = histories.map((f) => `| \`${f.name}\` | ${f.title} | ${f.unverified ? "*unverified*" : ""} |`);

it("lists every format, and which of them no real file was at hand for", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/imports.md"), "utf8");
  expect(text.match(/^\| `.*$/gm)).toEqual(rows);
});
