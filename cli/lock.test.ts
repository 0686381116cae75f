import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDataDir } from "./lock";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-lock-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const path = () => join(folder, "server.json");
const urlOf = async () => JSON.parse(await readFile(path(), "utf8")).url;
const elsewhere = { id: "x", pid: process.pid, startedAt: "1", place: "another container", url: "http://elsewhere" };

test("the lock of a living server in another container holds, whatever runs under its number here", async () => {
  await writeFile(path(), JSON.stringify(elsewhere));
  const alive = setInterval(() => void utimes(path(), new Date(), new Date()), 5);
  await expect(lockDataDir(folder, "http://here", { beatMs: 100 })).rejects.toThrow(
    `${folder} is in use by the server at http://elsewhere`,
  );
  clearInterval(alive);
  expect(await urlOf()).toBe("http://elsewhere");
});

test("the lock of a dead server in another container is taken after it has shown no life for a while, which is said", async () => {
  await writeFile(path(), JSON.stringify(elsewhere));
  const said: string[] = [];
  const release = await lockDataDir(folder, "http://here", { beatMs: 10, say: (line) => said.push(line) });
  expect(await urlOf()).toBe("http://here");
  expect(said).toEqual([expect.stringContaining("http://elsewhere, of another machine or container")]);
  await release();
  expect(await readdir(folder)).toEqual([]);
});

test("a server whose lock was taken is told, and leaves it to whoever took it", async () => {
  let lost = () => {};
  const told = new Promise<void>((done) => {
    lost = done;
  });
  const release = await lockDataDir(folder, "http://here", { beatMs: 10, onLost: () => lost() });
  await writeFile(path(), JSON.stringify(elsewhere));
  await told;
  await release();
  expect(await urlOf()).toBe("http://elsewhere");
});
