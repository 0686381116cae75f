// `npm run test:planted:store`: plants one bug at a time in a copy of the product and runs the test that should see it.
// The last line is `N passed, N failed`: a bug that goes unnoticed, or whose place is no longer found, has failed.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const NEEDED = [
  "app",
  "server",
  "db",
  "lib",
  "cli",
  "workers/agent",
  "tests",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
];

/** What is broken, where, how, and which test of which file must fail. */
const BUGS = [
  {
    name: "overlap: a merge does not look before the first chunk",
    file: "server/services/metric/chunks.ts",
    from: "order by p.first_step desc limit 1), t.step),",
    to: "order by p.first_step desc limit 1), null),",
    test: ["chunk-overlap", "points before the first"],
  },
  {
    name: "overlap: the database takes any chunk",
    file: "db/migrations/0014_apart-by-statement.sql",
    from: "WHERE before.last_step >= f.first_step",
    to: "WHERE false",
    test: ["chunk-overlap", "the database takes no chunk"],
  },
  {
    name: "overlap: a repair keeps the value written first",
    file: "server/services/metric/repair.ts",
    from: "a.axis_id - b.axis_id",
    to: "b.axis_id - a.axis_id",
    test: ["chunk-overlap", "a store with doubled points is repaired"],
  },
  {
    name: "ledger: folding forgets what was folded before",
    file: "server/services/metric/compactor.ts",
    from: "set seqs = l.seqs + excluded.seqs",
    to: "set seqs = excluded.seqs",
    test: ["metric-store", "a batch is recognised after its number was folded"],
  },
  {
    name: "ledger: a folded batch is not looked up",
    file: "server/services/metric/writer.ts",
    from: "l.writer = i.writer and l.seqs @> i.seq",
    to: "l.writer = i.writer and false",
    test: ["metric-store", "whatever comes in whatever order"],
  },
  {
    name: "rewind: the step itself is hidden too",
    file: "server/services/metric/compact.ts",
    from: "and hidden_by = 0 and first_step > ${step}`",
    to: "and hidden_by = 0 and first_step >= ${step}`",
    test: ["metric-store", "whatever comes in whatever order"],
  },
  {
    name: "summary: points of a metric that has none left stay counted",
    file: "server/services/metric/summaries.ts",
    from: "set points = coalesce(c.points, 0)",
    to: "set points = coalesce(c.points, s.points)",
    test: ["metric-store", "whatever comes in whatever order"],
  },
  {
    name: "clock: a lease is judged by another clock than gave it",
    file: "server/services/job/expire.ts",
    from: "sql`${jobs.leaseExpiresAt} < now()`",
    to: "sql`${jobs.leaseExpiresAt} < ${ctx.now().toISOString()}`",
    test: ["job-states", ""],
  },
  {
    name: "clock: silence counts from before the server could hear",
    file: "server/services/run/silent.ts",
    from: "to_timestamp(${heardSinceMs / 1_000}::float8)",
    to: "to_timestamp(0::float8 * ${heardSinceMs})",
    test: ["silent-runs", "after a start or an outage"],
  },
  {
    name: "coalesce: a mapping erases what was reported",
    file: "server/services/mapping/apply.ts",
    from: 'coalesce(${of("r.reported")}, ${of("d.derived")})',
    to: 'coalesce(${of("d.derived")}, null)',
    test: ["reported-values", "what a program reported stays"],
  },
  {
    name: "end: what is derived of the points is left out",
    file: "server/services/run/finish.ts",
    from: "const trainLossQuartile = await quartile(ctx, runId);",
    to: "const trainLossQuartile = null;",
    test: ["reported-values", "a failed read leaves the run open"],
  },
  {
    name: "body: values are not counted",
    file: "lib/json/scan.ts",
    from: "case 44: // ,\n        if (++values > most.values)",
    to: "case 44: // ,\n        if (++values < 0)",
    test: ["hostile-bodies", "a hostile body"],
  },
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
