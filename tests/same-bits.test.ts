import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

/** Engines differ in the last bit of these; exp, log, sqrt, cbrt and the four operations agree. */
const DIFFERENT = /[^/*\s]\s*\*\*=?\s*[^/*\s]|Math\.(pow|sin|cos|tan|sinh|cosh|random)\b/;

it.each([
  "lib/estimate",
  "lib/fit",
  "lib/transfer",
  "lib/portable",
  "lib/published-laws",
  "lib/schedule-law",
  "lib/batch",
  "lib/weight-decay",
])("%s computes the same bits everywhere", (folder) => {
  const files = readdirSync(join(ROOT, folder)).filter((f) => f.endsWith(".ts") && !f.endsWith(".test.ts"));
  const found = files.flatMap((file) =>
    readFileSync(join(ROOT, folder, file), "utf8")
      .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
      .split("\n")
      .flatMap((line) => (DIFFERENT.test(line.replace(/`[^`]*`|"[^"]*"/g, "")) ? [`${file}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
