// `npm run check`: everything that can be said about the code without running it.
import { spawn } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { extname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { longFunctions } from "./function-length.mjs";
import { strangersToTables } from "./owned-tables.mjs";
import { ambiguousSelections } from "./sql-selections.mjs";
import { formatTrainer } from "./trainer-format.mjs";
import { includesThatRunUp } from "./trainer-includes.mjs";
import { inputsNotParsedOnce, verbsInDebt } from "./verbs.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const SERVICES = join(ROOT, "server", "services");
const ADAPTERS = ["api/routers", "http", "http/native"].map((folder) => join(ROOT, "server", folder));
const MOST_LINES = 400;
/** Files that may be longer, each with its reason. */
const LONG_FILES = new Map([]);
const FOLDERS = ["app", "server", "db", "lib", "os", "workers/agent", "cli", "bin", "scripts", "bench", "tests"];

const STEPS = [
  { name: "types", run: () => tool("typescript/bin/tsc", ["--noEmit", "--pretty", "false"]) },
  { name: "format and lint", run: () => tool("@biomejs/biome/bin/biome", ["check", "--colors=off", "."]) },
  {
    name: "import boundaries",
    run: () =>
      tool("dependency-cruiser/bin/dependency-cruise.mjs", [
        "--config",
        ".dependency-cruiser.cjs",
        "--no-progress",
        ...FOLDERS,
      ]),
  },
  { name: "unused code", run: () => tool("knip/bin/knip.js", ["--no-progress", "--treat-config-hints-as-errors"]) },
  { name: "migrations", run: migrationsInStep },
  { name: "migrations ascend", run: migrationsAscend },
  {
    name: "sql selections",
    run: async () => (await ambiguousSelections(ROOT, ["server", "db", "cli"])).join("\n") || null,
  },
  { name: "trainer's format", run: () => formatTrainer({ write: false }) },
  {
    name: "trainer's folders",
    run: async () => (await includesThatRunUp(join(ROOT, "workers", "trainer", "src"))).join("\n") || null,
  },
  { name: "owned tables", run: async () => (await strangersToTables(ROOT)).join("\n") || null },
  { name: "verbs", run: async () => (await verbsInDebt(SERVICES)).join("\n") || null },
  { name: "inputs parsed once", run: async () => (await inputsNotParsedOnce(SERVICES, ADAPTERS)).join("\n") || null },
  { name: "file length", run: noLongFile },
  { name: "function length", run: async () => (await longFunctions(ROOT)).join("\n") || null },
];

/** Runs all steps, two at a time, and prints a line for each. Resolves to the counts. */
export async function runChecks() {
  const waiting = [...STEPS];
  let failed = 0;
  const work = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const begun = performance.now();
      const problem = await step.run().catch((e) => String(e));
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      console.log(`${problem === null ? "ok  " : "FAIL"} ${step.name} (${seconds} s)`);
      if (problem === null) continue;
      failed += 1;
      console.log(problem.trim().replace(/^/gm, "     "));
    }
  };
  await Promise.all([work(), work()]);
  return { passed: STEPS.length - failed, failed };
}

/** Runs a program of node_modules; resolves to null, or to its output when it fails. */
function tool(path, args) {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [join(ROOT, "node_modules", path), ...args], {
      cwd: ROOT,
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
    child.on("close", (code) => done(code === 0 ? null : output || `exit code ${code}`));
  });
}

/**
 * drizzle-kit would write a migration for a schema that the migrations do not give: it gets a copy of them to do so.
 */
async function migrationsInStep() {
  const copy = join("node_modules", ".cache", "etalon-migrations");
  await rm(join(ROOT, copy), { recursive: true, force: true });
  await mkdir(join(ROOT, "node_modules", ".cache"), { recursive: true });
  await cp(join(ROOT, "db", "migrations"), join(ROOT, copy), { recursive: true });
  const before = await readdir(join(ROOT, copy), { recursive: true });
  const args = ["generate", "--dialect=postgresql", "--schema=./db/schema/index.ts", `--out=./${copy}`, "--name=drift"];
  const failure = await tool("drizzle-kit/bin.cjs", args);
  if (failure !== null) return failure;
  const fresh = (await readdir(join(ROOT, copy), { recursive: true })).filter((f) => !before.includes(f));
  const drift = fresh.find((f) => f.endsWith(".sql"));
  if (!drift) return null;
  const sql = await readFile(join(ROOT, copy, drift), "utf8");
  return `db/schema is ahead of db/migrations; run \`npm run db:generate\`. Missing:\n${sql}`;
}

/** The migrator passes over one that is dated before the last that was applied. */
async function migrationsAscend() {
  const { entries } = JSON.parse(await readFile(join(ROOT, "db", "migrations", "meta", "_journal.json"), "utf8"));
  const wrong = entries.find((e, i) => i > 0 && !(e.when > entries[i - 1].when));
  return wrong ? `db/migrations: ${wrong.tag} is dated before the one that it follows; generate it anew` : null;
}

async function noLongFile() {
  const long = [];
  const code = new Set([".ts", ".tsx", ".mjs", ".css", ".cpp", ".hpp", ".inl", ".cu", ".py"]);
  for (const folder of ["app", "server", "db", "lib", "os", "workers", "cli", "scripts", "bench", "tests", "clients"]) {
    for await (const path of filesBelow(join(ROOT, folder))) {
      if (!code.has(extname(path))) continue;
      const lines = (await readFile(path, "utf8")).split("\n").length - 1;
      const name = relative(ROOT, path);
      if (lines > MOST_LINES && !LONG_FILES.has(name)) long.push(`${name}: ${lines} lines; at most ${MOST_LINES}`);
    }
  }
  return long.length > 0 ? long.join("\n") : null;
}

async function* filesBelow(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "build" && entry.name !== "node_modules") yield* filesBelow(path);
    } else yield path;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { failed } = await runChecks();
  process.exitCode = failed > 0 ? 1 : 0;
}
