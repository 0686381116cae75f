import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { CLIENT, pythons } from "../integration/python";

const HERE = join(import.meta.dirname, "loggers");
const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache");
const run = promisify(execFile);

/**
 * A Python with the logging packages of loggers/requirements.txt, in an environment of its own that is kept for the
 * next time. Null where they cannot be installed; with CI=true that is an error.
 */
export async function pythonOfLoggers(): Promise<string | null> {
  const required = readFileSync(join(HERE, "requirements.txt"), "utf8");
  try {
    const found = pythons().find(({ version }) => Number(version.split(".")[1]) >= 10);
    if (!found) throw new Error("there is no Python 3.10 or newer");
    const name = createHash("sha256").update(`${found.command} ${required}`).digest("hex").slice(0, 16);
    const folder = join(CACHE, `etalon-loggers-${name}`);
    const python = join(folder, "bin", "python");
    const isWhole = join(folder, "whole");
    if (existsSync(isWhole)) return python;
    await rm(folder, { recursive: true, force: true });
    await mkdir(CACHE, { recursive: true });
    await run(found.command, ["-m", "venv", folder]);
    await run(python, ["-m", "pip", "install", "--quiet", "-r", join(HERE, "requirements.txt")], {
      maxBuffer: 1 << 26,
    });
    await writeFile(isWhole, "");
    return python;
  } catch (e) {
    if (process.env.CI === "true") throw e;
    console.warn(`skipped: the logging packages cannot be installed: ${(e as Error).message.slice(0, 500)}`);
    return null;
  }
}

/** What a package was told; values as Python writes them, times in seconds since 1970. */
export interface Told {
  metrics: Record<
    string,
    { steps: number[]; values: string[]; earliest: (number | null)[]; latest: (number | null)[] }
  >;
  config: Record<string, unknown>;
  state: string;
}

/** Logs the run with one package into a folder; resolves to what the package was told. */
export async function logWith(
  python: string,
  { loggedBy, folder, env }: { loggedBy: string; folder: string; env: Record<string, string> },
): Promise<Told> {
  await mkdir(folder);
  const settings = {
    ...process.env,
    ...env,
    PYTHONPATH: `${CLIENT}:${HERE}`,
    PYTHONDONTWRITEBYTECODE: "1",
    MLFLOW_DISABLE_TELEMETRY: "true",
    WANDB_SILENT: "true",
    HF_HUB_OFFLINE: "1",
    OMP_NUM_THREADS: "1",
  };
  await run(python, [join(HERE, "log_run.py"), loggedBy, folder], { cwd: folder, env: settings, maxBuffer: 1 << 26 });
  return JSON.parse(readFileSync(join(folder, "told.json"), "utf8"));
}
