import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENT, pythons } from "./python";

/** The Python client as a package: its own tests, and what pip makes of it without a network. */

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon wheel "));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("there is a Python to try", () => expect(pythons().length).toBeGreaterThan(0));

describe.each(pythons())("on Python $version", ({ command, version }) => {
  test("its own tests pass", async () => {
    const env = { ...process.env, PYTHONPATH: CLIENT, PYTHONDONTWRITEBYTECODE: "1" };
    const { stderr } = await run(command, ["-W", "error", "-m", "unittest", "discover", "-s", "tests"], {
      cwd: CLIENT,
      env,
    });
    expect(stderr).toMatch(/Ran \d\d tests[\s\S]*OK/);
  });

  test("the wheel installs without network and dependencies; `import etalon` and the command are there", async () => {
    const source = join(folder, `source ${version}`);
    const [wheels, target] = [join(folder, `wheels ${version}`), join(folder, `target ${version}`)];
    await cp(CLIENT, source, { recursive: true, filter: (path) => !path.endsWith("__pycache__") });
    const offline = ["--no-index", "--disable-pip-version-check", "--no-cache-dir"];
    const pip = (...args: string[]) => run(command, ["-m", "pip", ...args], { cwd: folder });
    await pip("wheel", ...offline, "--no-deps", "-w", wheels, source);
    const [wheel] = await readdir(wheels);
    expect(wheel).toMatch(/^etalon-[\d.]+-py3-none-any\.whl$/);
    await pip("install", ...offline, "--target", target, join(wheels, wheel!));
    const env = { ...process.env, PYTHONPATH: target, PYTHONDONTWRITEBYTECODE: "1" };
    const { stdout } = await run(command, ["-c", "import etalon; print(etalon.__file__, etalon.__version__)"], {
      cwd: folder,
      env,
    });
    expect(stdout).toContain(target);
    expect(stdout.trim().endsWith(wheel!.split("-")[1]!)).toBe(true);
    const help = await run(join(target, "bin", "etalon"), ["sync", "--help"], { cwd: folder, env });
    expect(help.stdout).toContain("what runs left while the server was away");
  });
});
