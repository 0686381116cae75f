import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { makeWorkFolder, removeLeftFolders } from "./work-folder";

test("folders of killed agents are removed, those of living ones and of others stay", async () => {
  const root = await mkdtemp(join(tmpdir(), "etalon-folders-"));
  const own = await makeWorkFolder(root);
  const dead = `etalon-job-${2 ** 22 + 1}-abc`;
  for (const name of [dead, "etalon-job-abc", "something else"]) await mkdir(join(root, name));
  await removeLeftFolders(root);
  expect((await readdir(root)).sort()).toEqual([basename(own), "etalon-job-abc", "something else"].sort());
  await rm(root, { recursive: true });
});
