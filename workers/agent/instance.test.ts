import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { agentInstance } from "./instance";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-instance-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("two living agents of one name are two, however they start", async () => {
  const made = await Promise.all(["a", "a", "a", "b"].map((name) => agentInstance(folder, name)));
  expect(new Set(made).size).toBe(4);
  expect(made).not.toContain(await agentInstance(folder, "a"));
});

test("an agent that was killed comes back as itself; one of another machine does not", async () => {
  const first = await agentInstance(folder, "a");
  const path = join(folder, readdirSync(folder)[0]!);
  const note = JSON.parse(await readFile(path, "utf8"));
  const ended = Number(execFileSync(process.execPath, ["-p", "process.pid"]));
  await writeFile(path, JSON.stringify({ ...note, pid: ended }));
  expect(await agentInstance(folder, "a")).toBe(first);
  await writeFile(path, JSON.stringify({ ...note, pid: ended, machine: "another" }));
  expect(await agentInstance(folder, "a")).not.toBe(first);
  await writeFile(path, "{");
  expect(await agentInstance(folder, "a")).toMatch(/^[0-9a-f-]{36}$/);
});
