import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export const CLIENT = resolve(import.meta.dirname, "../../clients/python");
const STAND_INS = resolve(import.meta.dirname, "stand-ins");

/** Every Python from 3.8 on that is on the path or that pyenv has, by its command; each version once. */
export function pythons(): { command: string; version: string }[] {
  const names = ["python3", ...Array.from({ length: 13 }, (_, i) => `python3.${i + 8}`), ...ofPyenv()];
  const found = new Map<string, string>();
  for (const name of names) {
    try {
      const show = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
      const answer = execFileSync(name, ["-c", show], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      const [version, command] = answer.trim().split("\n") as [string, string];
      const [major, minor] = version.split(".").map(Number) as [number, number];
      if (major === 3 && minor >= 8 && !found.has(version)) found.set(version, command);
    } catch {
      // not here
    }
  }
  return [...found].map(([version, command]) => ({ version, command }));
}

function ofPyenv(): string[] {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  return existsSync(versions) ? readdirSync(versions).map((v) => join(versions, v, "bin", "python3")) : [];
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Script {
  folder: string;
  url: string;
  key?: string;
  spill?: string;
  env?: Record<string, string>;
  python?: string;
}

/** Runs a script with the client and stand-ins for numpy and torch on its path. */
export async function python(
  source: string,
  { folder, url, key, spill, env, python = "python3" }: Script,
): Promise<Ended> {
  const file = join(folder, `${crypto.randomUUID()}.py`);
  await writeFile(file, source);
  const { RANK: _r, LOCAL_RANK: _l, SLURM_PROCID: _s, ...outer } = process.env;
  const settings = {
    ...outer,
    PYTHONPATH: `${CLIENT}:${STAND_INS}`,
    PYTHONDONTWRITEBYTECODE: "1",
    ETALON_URL: url,
    ...(key !== undefined && { ETALON_API_KEY: key }),
    ...(spill !== undefined && { ETALON_SPILL_DIR: spill }),
    ...env,
  };
  return new Promise((done) => {
    const child = execFile(python, [file], { env: settings, timeout: 100_000 }, (_e, stdout, stderr) =>
      done({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
    );
  });
}
