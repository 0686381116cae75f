import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isRoot, reachableCopy, UNPRIVILEGED } from "./embedded-files";

let folder: string;
let source: string;
let shared: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-binaries-"));
  await chmod(folder, 0o755);
  shared = join(folder, "shared");
  source = join(folder, "private", "package", "native");
  await mkdir(join(source, "bin"), { recursive: true });
  await writeFile(join(source, "bin", "postgres"), "the real one");
  await writeFile(join(source, "..", "package.json"), JSON.stringify({ version: "18.4.0" }));
  await chmod(join(folder, "private"), 0o700);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What somebody who was there first would leave for root to run. */
async function plant(in_: string): Promise<void> {
  const copy = join(in_, "postgres-linux-x64-18.4.0");
  await mkdir(join(copy, "bin"), { recursive: true });
  await writeFile(join(copy, "bin", "postgres"), "another one");
  await writeFile(join(copy, "complete"), "");
}

test("a folder that everybody can reach is used as it is", async () => {
  await chmod(join(folder, "private"), 0o755);
  expect(await reachableCopy(source, "linux-x64", shared)).toBe(source);
  await expect(stat(shared)).rejects.toThrow();
});

// Only root runs the database as another user, and only root can give folders away.
describe.runIf(isRoot())("root's private binaries", () => {
  test("are copied once to where the database's user can reach them", async () => {
    const copy = await reachableCopy(source, "linux-x64", shared);
    expect(await readFile(join(copy, "bin", "postgres"), "utf8")).toBe("the real one");
    expect((await stat(copy)).mode & 0o777).toBe(0o755);
    await writeFile(join(copy, "mark"), "");
    expect(await reachableCopy(source, "linux-x64", shared)).toBe(copy);
    await stat(join(copy, "mark"));
  });

  test("are not taken from a folder of another user, nor from one that others may write to", async () => {
    await plant(shared);
    await chown(shared, UNPRIVILEGED, UNPRIVILEGED);
    await expect(reachableCopy(source, "linux-x64", shared)).rejects.toThrow("must belong to root");
    await chown(shared, 0, 0);
    await chmod(shared, 0o777);
    await expect(reachableCopy(source, "linux-x64", shared)).rejects.toThrow("must belong to root");
  });
});
