import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { machineMark, makeWorkFolder, removeLeftFolders } from "./work-folder";

test("folders of killed agents are removed, those of living ones, of other machines and of others stay", async () => {
  const root = await mkdtemp(join(tmpdir(), "etalon-folders-"));
  const own = await makeWorkFolder(root);
  const noProcess = 2 ** 22 + 1;
  const dead = `etalon-job-${await machineMark()}-${noProcess}-abc`;
  // A process number of another machine, or of another container, says nothing about processes here.
  const elsewhere = [`etalon-job-0123456789ab-${noProcess}-abc`, `etalon-job-${noProcess}-abc`];
  for (const name of [dead, ...elsewhere, "etalon-job-abc", "something else"]) await mkdir(join(root, name));
  await removeLeftFolders(root);
  expect((await readdir(root)).sort()).toEqual(
    [basename(own), ...elsewhere, "etalon-job-abc", "something else"].sort(),
  );
  await rm(root, { recursive: true });
});
