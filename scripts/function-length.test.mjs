import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { longFunctions, longIn } from "./function-length.mjs";

/** Lines of a body, so that the function around it has two more. */
const body = (lines) => "  work();\n".repeat(lines);

test("counts from the signature to the closing brace", () => {
  expect(longIn("a.ts", `/** Says\n * much. */\nexport function short() {\n${body(58)}}\n`)).toEqual([]);
  expect(longIn("a.ts", `export function long() {\n${body(59)}}\n`)).toEqual(["a.ts:1: long has 61 lines; at most 60"]);
  expect(longIn("a.ts", `function long(\n  a: string,\n) {\n${body(56)}}\n`)).toEqual([]);
  expect(longIn("a.ts", `function long(\n  a: string,\n) {\n${body(57)}}\n`)).toHaveLength(1);
});

test("counts what is nested in its parent too, and names what has no name by what it is given to", () => {
  const inner = `  const inner = wrapped(() => {\n${body(59)}  });\n`;
  expect(longIn("a.mjs", `const outer = async () => {\n${inner}};\n`)).toEqual([
    "a.mjs:1: outer has 63 lines; at most 60",
    "a.mjs:2: inner has 61 lines; at most 60",
  ]);
  expect(longIn("a.ts", `class A {\n  method() {\n${body(59)}  }\n}\n`)).toEqual([
    "a.ts:2: method has 61 lines; at most 60",
  ]);
  expect(longIn("a.ts", `go(function () {\n${body(59)}});\n`)).toEqual(["a.ts:1: a function has 61 lines; at most 60"]);
});

test("lets a component have more, and no function that is none", () => {
  const view = (lines) => `export function View() {\n${body(lines)}}\n`;
  expect(longIn("a.tsx", view(98))).toEqual([]);
  expect(longIn("a.tsx", view(99))).toEqual(["a.tsx:1: View has 101 lines; at most 100"]);
  expect(longIn("a.ts", view(59))).toHaveLength(1);
  expect(longIn("a.tsx", `function useView() {\n${body(59)}}\n`)).toHaveLength(1);
});

test("looks through folders, passes over tests and what is allowed by name", async () => {
  const root = await mkdtemp(join(tmpdir(), "etalon-functions-"));
  try {
    await mkdir(join(root, "app", "deep"), { recursive: true });
    for (const name of ["a.ts", "a.test.ts", "a.css"])
      await writeFile(join(root, "app", "deep", name), `function long() {\n${body(59)}}\n`);
    expect(await longFunctions(root, ["app"])).toEqual(["app/deep/a.ts:1: long has 61 lines; at most 60"]);
    expect(await longFunctions(root, ["app"], new Map([["app/deep/a.ts: long", "a reason"]]))).toEqual([]);
  } finally {
    await rm(root, { recursive: true });
  }
});
