import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { benchTrainer, Trainer } from "./trainer";

let folder: string;
let binary: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-trainer-"));
  binary = join(folder, "trainer");
  await writeFile(binary, `#!/bin/sh\necho "$@" > "${folder}/arguments"\necho '{"tokens_per_s": 5}'\n`);
  await chmod(binary, 0o755);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const given = async () => (await readFile(join(folder, "arguments"), "utf8")).trim();

test("trains and measures on the processor unless told otherwise", async () => {
  vi.stubEnv("ETALON_DEVICE", "");
  expect(await benchTrainer(binary, "run.json", 0.3)).toBe(5);
  expect(await given()).toBe("bench --config run.json --seconds 0.3 --device cpu");
});

test("trains where ETALON_DEVICE says", async () => {
  vi.stubEnv("ETALON_DEVICE", "auto");
  await benchTrainer(binary, "run.json", 0.3);
  expect(await given()).toContain("--device auto");
  await new Trainer(binary, ["--config", "run.json"], { event: () => {}, stderr: () => {} }).exited;
  expect(await given()).toBe("train --config run.json --device auto");
});
