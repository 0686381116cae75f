import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./settings";

const TRAINER_BUILD = join(ROOT, "workers", "trainer", "build", "release");
export const TRAINER = join(TRAINER_BUILD, "etalon-trainer");

type Say = (line: string) => void;

/** Builds the pages with Next in production mode unless the last build is of the same sources. */
export async function buildPages(say: Say, stop: AbortSignal): Promise<void> {
  const stamp = await sourceStamp([
    "app",
    "server",
    "db",
    "lib",
    "next.config.mjs",
    "postcss.config.mjs",
    "package-lock.json",
  ]);
  const stampFile = join(ROOT, ".next", "etalon-stamp");
  if ((await readFile(stampFile, "utf8").catch(() => "")) === stamp) return;
  say("building the pages (once, about a minute)");
  const next = join(ROOT, "node_modules", "next", "dist", "bin", "next");
  await run(process.execPath, [next, "build"], say, stop, { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" });
  await writeFile(stampFile, stamp);
}

/**
 * Builds the trainer by CMake in Release mode unless it is up to date. Returns false, having said why, where that
 * cannot be.
 */
export async function buildTrainer(say: Say, stop?: AbortSignal): Promise<boolean> {
  const folder = join(ROOT, "workers", "trainer");
  const build = TRAINER_BUILD;
  const stamp = await sourceStamp(["workers/trainer/src", "workers/trainer/CMakeLists.txt"]);
  const stampFile = join(build, "etalon-stamp");
  if (existsSync(TRAINER) && (await readFile(stampFile, "utf8").catch(() => "")) === stamp) return true;
  const missing = await missingTools();
  if (missing.length > 0) {
    say(
      `no local worker: the trainer needs ${missing.join(" and ")}. Install it (Debian: apt-get install g++ cmake) and start again.`,
    );
    return false;
  }
  say("building the trainer (once, about a minute)");
  try {
    await run("cmake", ["-S", folder, "-B", build, "-DCMAKE_BUILD_TYPE=Release"], say, stop);
    await run("cmake", ["--build", build, "--parallel", "2", "--target", "etalon-trainer"], say, stop);
    await writeFile(stampFile, stamp);
    return true;
  } catch (e) {
    say(`no local worker: ${(e as Error).message}`);
    return false;
  }
}

async function missingTools(): Promise<string[]> {
  const cmake = await works("cmake", ["--version"]);
  const compilers = await Promise.all([process.env.CXX || "c++", "g++", "clang++"].map((c) => works(c, ["--version"])));
  return [!cmake && "CMake", !compilers.some(Boolean) && "a C++20 compiler"].filter((s): s is string => Boolean(s));
}

function works(command: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

/** Runs a build step, showing its lines as they come; rejects with the last of them when it fails. */
function run(
  command: string,
  args: string[],
  say: Say,
  stop?: AbortSignal,
  env: NodeJS.ProcessEnv = {} as NodeJS.ProcessEnv,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a group of its own: compilers below it end with it
    });
    const end = () => child.pid && process.kill(-child.pid, "SIGTERM");
    stop?.addEventListener("abort", end);
    child.on("close", () => stop?.removeEventListener("abort", end));
    let tail = "";
    const show = (data: Buffer) => {
      const text = data.toString();
      tail = (tail + text).slice(-4_000);
      for (const line of text.split("\n")) if (line.trim()) say(`  ${line.trimEnd()}`);
    };
    child.stdout.on("data", show);
    child.stderr.on("data", show);
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${command} ${args[0]} failed: ${tail.trim().split("\n").slice(-5).join(" | ")}`)),
    );
  });
}

/** Hash of path, size and time of every file below the given ones: changes when a source does. */
async function sourceStamp(paths: string[]): Promise<string> {
  const hash = createHash("sha256");
  const visit = async (path: string): Promise<void> => {
    const info = await stat(path);
    if (!info.isDirectory()) {
      hash.update(`${path.slice(ROOT.length)} ${info.size} ${info.mtimeMs}\n`);
      return;
    }
    for (const name of (await readdir(path)).sort()) await visit(join(path, name));
  };
  for (const path of paths) await visit(join(ROOT, path));
  return hash.digest("hex");
}
