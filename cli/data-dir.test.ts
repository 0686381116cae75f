import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDataDir } from "./data-dir";
import { lockDataDir } from "./lock";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-data-dir-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a living server's lock holds, its release lets go, and nothing is left", async () => {
  const release = await lockDataDir(folder, "http://one");
  await expect(lockDataDir(folder, "http://two")).rejects.toThrow(
    `${folder} is in use by the server at http://one (process ${process.pid}); stop it first`,
  );
  await release();
  await (await lockDataDir(folder, "http://two"))();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ["of a process that is gone", { pid: 2 ** 22 + 1, startedAt: "1", url: "http://dead" }],
  ["of an earlier process with the same number", { pid: process.pid, startedAt: "1", url: "http://dead" }],
  ["that is no JSON", null],
])("a lock %s does not hold", async (_what, lock) => {
  await writeFile(join(folder, "server.json"), lock ? JSON.stringify(lock) : "{");
  const release = await lockDataDir(folder, "http://alive");
  expect(JSON.parse(await readFile(join(folder, "server.json"), "utf8")).url).toBe("http://alive");
  await release();
  expect(await readdir(folder)).toEqual([]);
});

test("the data directory is made with its parents, for the owner alone", async () => {
  const path = join(folder, "deep", "data");
  await openDataDir(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await writeFile(join(folder, "file"), "");
  const below = join(folder, "file", "data");
  await expect(openDataDir(below)).rejects.toThrow(`ETALON_DATA_DIR: ${below} cannot be written (ENOTDIR)`);
});

test("a folder that holds other things is refused and stays as it is; one of ours, or an empty volume, is taken", async () => {
  await chmod(folder, 0o755);
  await writeFile(join(folder, "thesis.tex"), "");
  await expect(openDataDir(folder)).rejects.toThrow(`${folder} holds other things (thesis.tex)`);
  expect((await stat(folder)).mode & 0o777).toBe(0o755);
  await writeFile(join(folder, "worker-key"), "");
  await openDataDir(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const volume = join(folder, "volume");
  await mkdir(join(volume, "lost+found"), { recursive: true });
  await openDataDir(volume);
  expect((await stat(volume)).mode & 0o777).toBe(0o700);
});
