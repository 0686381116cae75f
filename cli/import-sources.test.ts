import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { withFiles } from "./import-sources";

const at = mkdtempSync(join(tmpdir(), "etalon-test-"));
afterAll(() => rmSync(at, { recursive: true }));

test("links within a folder are passed over, those out of it are said", async () => {
  mkdirSync(join(at, "runs", "one"), { recursive: true });
  writeFileSync(join(at, "runs", "one", "a.log"), "a\n");
  writeFileSync(join(at, "elsewhere.log"), "b\n");
  symlinkSync("one", join(at, "runs", "latest"));
  symlinkSync("..", join(at, "runs", "one", "up"));
  symlinkSync("nowhere", join(at, "runs", "dangling"));
  symlinkSync("../elsewhere.log", join(at, "runs", "out.log"));
  await withFiles([join(at, "runs")], async ({ files, problems }) => {
    expect(files.map(({ path }) => path)).toEqual(["one/a.log"]);
    expect(problems).toEqual([
      { path: "out.log", line: null, message: expect.stringMatching(/^a link out .* name .*elsewhere\.log itself$/) },
    ]);
  });
});

test("what can be read only once is refused", async () => {
  await expect(withFiles(["/dev/null"], async () => {})).rejects.toThrow("/dev/null is a pipe or a device");
});
