// `npm run test:planted`: plants one bug at a time in a copy of the trainer, builds the tests that should see it, and
// runs them. Exit code 1 when a bug goes unnoticed or its place is no longer found. `-- NAME ...` plants only those.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BUGS } from "./planted-bugs-list.mjs";

const ROOT = resolve(import.meta.dirname, "..", "..", "..");
/** What the tests read outside the trainer's folder. */
const NEEDED = ["workers/trainer", "tests/golden"];
const TEST_SECONDS = 300;

const chosen = process.argv.slice(2);
const bugs = BUGS.filter((bug) => chosen.length === 0 || chosen.includes(bug.name));
const folder = await mkdtemp(join(tmpdir(), "etalon-planted-"));
const trainer = join(folder, "workers", "trainer");
const build = join(folder, "build");
try {
  await prepare();
  const missed = [];
  console.log("\n| planted bug | seen by | first complaint |\n|---|---|---|");
  for (const bug of bugs) {
    const seen = await plant(bug);
    if (!seen) missed.push(bug.name);
    console.log(`| ${bug.name} | ${seen ? seen.test : "**nothing**"} | ${seen ? seen.complaint : ""} |`);
  }
  console.log(`\n${bugs.length - missed.length} of ${bugs.length} planted bugs were seen`);
  process.exitCode = missed.length > 0 || bugs.length === 0 ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Copies the sources, builds them as they are, and insists that every test used here passes. */
async function prepare() {
  const filter = (path) => !path.startsWith(join(ROOT, "workers", "trainer", "build"));
  for (const part of NEEDED) await cp(join(ROOT, part), join(folder, part), { recursive: true, filter });
  for (const bug of bugs) await mutated(bug);
  // Without optimisation a table of kernels compiles in a second.
  await replaceIn(join(trainer, "CMakeLists.txt"), "KERNEL_FLAGS -O3", "KERNEL_FLAGS -O0");
  await replaceIn(join(trainer, "CMakeLists.txt"), 'CMAKE_CXX_FLAGS_RELEASE "-O2"', 'CMAKE_CXX_FLAGS_RELEASE "-O0"');
  await replaceIn(join(trainer, "tests", "CMakeLists.txt"), "${KERNEL_FLAGS} -O1", "${KERNEL_FLAGS}");
  await must("cmake", ["-S", trainer, "-B", build, "-DCMAKE_BUILD_TYPE=Release"]);
  const tests = [...new Set(bugs.flatMap((bug) => bug.tests))];
  await buildTests(tests);
  for (const test of tests) {
    const { code, output } = await runTest(test);
    if (code !== 0) throw new Error(`${test} fails without any planted bug:\n${output}`);
  }
  console.log(`no bug planted: ${tests.join(", ")} pass`);
}

/** Resolves to the first test that fails and what it says, or to null. */
async function plant(bug) {
  const path = join(trainer, bug.file);
  const original = await readFile(path, "utf8");
  await writeFile(path, await mutated(bug));
  try {
    for (const test of bug.tests) {
      await buildTests([test]);
      const { code, output } = await runTest(test);
      if (code !== 0) return { test, complaint: /FAILED: (.*)/.exec(output)?.[1] ?? `ended with ${code}` };
    }
    return null;
  } finally {
    await writeFile(path, original);
  }
}

async function mutated(bug) {
  const text = await readFile(join(trainer, bug.file), "utf8");
  const parts = text.split(bug.from);
  if (parts.length !== 2) {
    throw new Error(`${bug.name}: ${bug.file} holds ${JSON.stringify(bug.from)} ${parts.length - 1} times, not once`);
  }
  return parts.join(bug.to);
}

async function replaceIn(path, from, to) {
  const text = await readFile(path, "utf8");
  if (!text.includes(from)) throw new Error(`${path} does not hold ${JSON.stringify(from)}`);
  await writeFile(path, text.replace(from, to));
}

function buildTests(tests) {
  return must("cmake", ["--build", build, "--parallel", "2", "--target", ...tests.map((test) => `test-${test}`)]);
}

function runTest(test) {
  return command(join(build, "tests", `test-${test}`), [], TEST_SECONDS);
}

async function must(program, args) {
  const { code, output } = await command(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${output}`);
}

/** Runs a program; resolves to its exit code or signal and its output. */
function command(program, args, seconds) {
  return new Promise((done, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: seconds === undefined ? undefined : seconds * 1000,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        output += data;
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => done({ code: code ?? signal, output }));
  });
}
