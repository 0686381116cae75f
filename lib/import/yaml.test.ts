import { describe, expect, test } from "vitest";
import { parseYaml } from "./yaml";

describe("what a YAML says", () => {
  test.each<[string, unknown]>([
    ["lr: 1e-3\nb: 1.0e-05\nc: .inf\nd: yes\ne: 2024-01-02\nf: 0x10\n", { lr: 1e-3, b: 1e-5, c: Infinity, d: "yes" }],
    ["a: !!python/tuple\n- 1\n- 2\nb: !Path /a/b\nc: !!python/name:torch.optim.AdamW ''\n", { a: [1, 2], b: "/a/b" }],
    ["!!python/object:argparse.Namespace\nlr: 0.1\n", { lr: 0.1 }],
    ["base: &b {lr: 1, wd: 2}\nrun: {<<: *b, lr: 3}\n", { run: { lr: 3, wd: 2 } }],
    ["__proto__: {polluted: 1}\nlr: 2\n", { lr: 2 }],
  ])("%j", async (text, expected) => {
    expect(await parseYaml(text)).toMatchObject(expected as object);
    expect(({} as { polluted?: 1 }).polluted).toBeUndefined();
  });

  test.each<[string, string, RegExp]>([
    ["two of one name", "lr: 1\nlr: 2\n", /^line 2, column 1: duplicated mapping key$/],
    ["deep", "[".repeat(200), /^line 1, column \d+: nesting exceeded maxDepth \(100\)$/],
    ["deep lists", `${"- ".repeat(200)}\n`, /^line 1, column \d+: nesting exceeded maxDepth \(100\)$/],
  ])("%s is refused, with the place", async (_, text, message) => {
    await expect(parseYaml(text)).rejects.toThrow(message);
  });
});

describe("time and memory grow with the length alone", () => {
  const n = 200_000;
  const lines = (line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join("");
  const aliases = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"].concat(
    Array.from("bcdefghi", (name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(", ")}]\n`),
  );
  test.each<[string, string, RegExp | null]>([
    ["names", lines((i) => `a${i}: 1\n`), null],
    ["values", `a: [${lines(() => "1, ")}]\n`, null],
    ["quotes", `lr: ${'"'.repeat(2 * n)}\n`, /bad indentation/],
    ["values that aliases repeat", aliases.join(""), /with what its aliases repeat it has over 1000000 values/],
  ])("%s", async (_, text, refused) => {
    const begun = performance.now();
    if (refused) await expect(parseYaml(text)).rejects.toThrow(refused);
    else await parseYaml(text);
    expect(performance.now() - begun < 5_000).toBe(true);
  });
});
