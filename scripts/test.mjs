// `npm test`: every test but the long ones (`npm run test:long`). The last line is `N passed, N failed` over all parts.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { runChecks } from "./check.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const TRAINER = join(ROOT, "workers", "trainer");
// The folder in which `npm start` builds: what the tests compile is not compiled again for the product.
const BUILD = join(TRAINER, "build", "release");

/** Each resolves to {passed, failed, names: of those that failed}; a part that ran nothing counts as one failure. */
const PARTS = [
  ["check", runChecks],
  ["unit", () => vitest("unit")],
  ["slow", () => vitest("slow")],
  ["trainer", trainer],
  ["integration", () => vitest("integration")],
  ["e2e", () => vitest("e2e")],
  ["long", () => vitest("long")],
  ["planted", () => counted("tests/planted-store.mjs")],
];
/** Parts that run only when they are named. */
const NAMED_ONLY = new Set(["long", "planted"]);

const totals = { passed: 0, failed: 0 };
const summary = [];
const failures = [];
const chosen = process.argv.slice(2);
for (const [name, run] of PARTS) {
  if (chosen.length > 0 ? !chosen.includes(name) : NAMED_ONLY.has(name)) continue;
  console.log(`\n== ${name} ==`);
  const begun = performance.now();
  const counts = await run().catch((e) => {
    console.log(e.message);
    return { passed: 0, failed: 1 };
  });
  if (counts.passed + counts.failed === 0) counts.failed = 1;
  failures.push(...(counts.names ?? []));
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  summary.push(
    `${name.padEnd(12)} ${String(counts.passed).padStart(5)} passed ${String(counts.failed).padStart(4)} failed ${seconds.padStart(7)} s`,
  );
  totals.passed += counts.passed;
  totals.failed += counts.failed;
}
for (const failure of failures) console.log(`\nFAILED ${failure}`);
console.log(`\n${summary.join("\n")}\n`);
process.exitCode = totals.failed > 0 ? 1 : 0;
console.log(`${totals.passed} passed, ${totals.failed} failed`);

async function vitest(project) {
  const folder = await mkdtemp(join(tmpdir(), "etalon-test-"));
  const report = join(folder, "report.json");
  try {
    const program = join(ROOT, "node_modules", "vitest", "vitest.mjs");
    const args = [
      "run",
      `--project=${project}`,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ];
    const { code } = await command(process.execPath, [program, ...args]);
    const found = JSON.parse(await readFile(report, "utf8"));
    const failed = found.numFailedTests;
    // A file that does not load or an error outside any test fails the run without a failed test.
    return { passed: found.numPassedTests, failed: code === 0 ? failed : Math.max(1, failed), names: failedIn(found) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The name and the first lines of the message of each failed test, and of each file that did not load. */
function failedIn({ testResults }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(ROOT, name);
    const tests = assertionResults.filter((t) => t.status === "failed");
    const named = tests.map((t) => `${file} > ${t.fullName}\n${firstLines(t.failureMessages.join("\n"))}`);
    return named.length > 0 || !message ? named : [`${file}\n${firstLines(message)}`];
  });
}

function firstLines(text) {
  return text.split("\n").slice(0, 12).join("\n");
}

async function trainer() {
  const missing = (await runs("cmake", ["--version"])) ? "" : "CMake";
  if (missing || !(await hasCompiler())) {
    throw new Error(
      `the trainer needs ${missing || "a C++20 compiler"}; install it (Debian: apt-get install g++ cmake)`,
    );
  }
  for (const step of [
    ["-S", TRAINER, "-B", BUILD, "-DCMAKE_BUILD_TYPE=Release"],
    ["--build", BUILD, "--parallel", "2"],
  ]) {
    const { code, output } = await command("cmake", step, "quiet");
    if (code !== 0) throw new Error(`the trainer does not build:\n${output}`);
  }
  const { output } = await command("ctest", ["--test-dir", BUILD, "--output-on-failure", "--parallel", "2"]);
  const [, failed, all] = /tests passed, (\d+) tests failed out of (\d+)/.exec(output) ?? [null, 1, 1];
  const names = [...output.matchAll(/^\s*\d+ - (\S+) \((.+)\)$/gm)].map((m) => `trainer > ${m[1]}: ${m[2]}`);
  return { passed: Number(all) - Number(failed), failed: Number(failed), names };
}

/** A program of ours whose last line is `N passed, N failed`. */
async function counted(program) {
  const { output } = await command(process.execPath, [join(ROOT, program)]);
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [null, 0, 1];
  return { passed: Number(passed), failed: Number(failed) };
}

async function hasCompiler() {
  for (const name of [process.env.CXX || "c++", "g++", "clang++"]) if (await runs(name, ["--version"])) return true;
  return false;
}

async function runs(program, args) {
  return (await command(program, args, "quiet").catch(() => ({ code: 1 }))).code === 0;
}

/** Runs a program with its output shown (or only kept) and resolves to its exit code and output. */
function command(program, args, quiet) {
  return new Promise((done, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (data) => {
      output += data;
      if (!quiet) process.stdout.write(data);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => done({ code, output }));
  });
}
