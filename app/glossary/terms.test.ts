import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Optimum } from "@/lib/estimate";
import { meaningOf, TERMS } from "./terms";

it("says what docs/glossary.md says", () => {
  const rows = readFileSync("docs/glossary.md", "utf8")
    .split("\n")
    .flatMap((line) => /^\| (.+?) \| (.+) \|$/.exec(line)?.slice(1, 3) ?? []);
  const pairs = Array.from({ length: rows.length / 2 }, (_, i) => [rows[2 * i], rows[2 * i + 1]]);
  expect(TERMS.map(([term, meaning]) => [term, meaning])).toEqual(pairs.filter(([term]) => term !== "term"));
});

it("has every word that a page explains", () => {
  const pages = readdirSync("app", { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".tsx"));
  const names = pages.flatMap((f) =>
    [...readFileSync(`app/${f}`, "utf8").matchAll(/<Term name="([^"]+)"/g)].map((m) => m[1]!),
  );
  expect(names.length).toBeGreaterThan(80);
  const statuses: Exclude<Optimum["status"], "ok">[] = [
    "censored-low",
    "censored-high",
    "bracketed-by-divergence",
    "too-few",
    "flat",
  ];
  expect([...names, ...statuses].filter((n) => meaningOf(n) === "")).toEqual([]);
});
