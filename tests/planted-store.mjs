// `npm run test:planted:store`: plants one bug at a time in a copy of the product and runs the test that should see it.
// The last line is `N passed, N failed`: a bug that goes unnoticed, or whose place is no longer found, has failed.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BUGS } from "./planted-store-list.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const NEEDED = [
  "app",
  "server",
  "db",
  "lib",
  "os",
  "cli",
  "workers/agent",
  "tests",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
];

const chosen = process.argv.slice(2);
const bugs = BUGS.filter((bug) => chosen.length === 0 || chosen.some((c) => bug.name.includes(c)));
const folder = await mkdtemp(join(tmpdir(), "etalon-planted-"));
let failed = 0;
try {
  for (const part of NEEDED) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const bug of bugs) {
    const outcome = await plant(bug);
    if (outcome !== "seen") failed += 1;
    console.log(`${outcome === "seen" ? "seen  " : "MISSED"} ${bug.name}${outcome === "seen" ? "" : `: ${outcome}`}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${bugs.length - failed} passed, ${failed} failed`);

async function plant({ file, from, to, test: [testFile, name] }) {
  const path = join(folder, file);
  const original = await readFile(path, "utf8");
  if (original.split(from).length !== 2) return "its place is not there once";
  await writeFile(
    path,
    original.replace(from, () => to),
  );
  try {
    const { code, output } = await vitest([`tests/integration/${testFile}.test.ts`, ...(name ? ["-t", name] : [])]);
    if (code === 0) return `${testFile} > ${name} passes`;
    return /Tests .*\d+ failed|Failed Suites|Unhandled/.test(output)
      ? "seen"
      : `the tests did not run:\n${output.slice(-2_000)}`;
  } finally {
    await writeFile(path, original);
  }
}

function vitest(args) {
  return new Promise((done, reject) => {
    const program = join(folder, "node_modules", "vitest", "vitest.mjs");
    const child = spawn(process.execPath, [program, "run", "--project=integration", ...args], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    let output = "";
    const keep = (data) => {
      output += data;
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => done({ code, output }));
  });
}
