// C++ and CUDA by clang-format: with --write as `npm run format` does, else what differs.
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = resolve(import.meta.dirname, "..");
const CLANG_FORMAT = join(ROOT, "node_modules", "clang-format-node", "build", "cli.js");

/** Formats the trainer's sources and tests. Resolves to null, or to what differs where nothing is written. */
export async function formatTrainer({ write }) {
  const files = [];
  for (const folder of ["src", "tests"]) {
    const below = join(ROOT, "workers", "trainer", folder);
    for (const name of await readdir(below, { recursive: true }))
      if (/\.(cpp|hpp|cu|inl)$/.test(name)) files.push(join(below, name));
  }
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [CLANG_FORMAT, ...(write ? ["-i"] : ["--dry-run", "--Werror"]), ...files], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    child.stderr.on("data", (data) => {
      output += data;
    });
    child.on("error", reject);
    child.on("close", (code) => done(code === 0 ? null : `${output}\`npm run format\` mends it`));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problem = await formatTrainer({ write: process.argv.includes("--write") });
  if (problem) console.error(problem);
  process.exitCode = problem ? 1 : 0;
}
