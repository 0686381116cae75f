// `npm run bench:import [-- --json] [--only parse,send,large]`: how fast files of other programs become points, against
// TensorBoard's own reader and a script of expressions in Python on the same files; a thousand runs through the API; a
// log of 2 GB in bounded memory.
import { execFile } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { pythonOfLoggers } from "../tests/long/loggers.ts";
import { eventFile, megatronLog, nanogptLog } from "./import-files.mjs";
import { startProduct } from "./product.mjs";
import { print, ROOT, result, say } from "./report.mjs";

const MB = 1e6;
const ROUNDS = 3;
const run = promisify(execFile);
const chosen = process.argv.find((_, i, all) => all[i - 1] === "--only")?.split(",") ?? ["parse", "send", "large"];
const folder = await mkdtemp(join(tmpdir(), "etalon-bench-import-"));
try {
  const results = [];
  if (chosen.includes("parse")) results.push(...(await parse()));
  if (chosen.includes("large")) results.push(...(await large()));
  if (chosen.includes("send")) results.push(...(await send()));
  print(results);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Each file is read by both in turn, one core each. */
async function parse() {
  const python = await pythonOfLoggers();
  if (python === null) throw new Error("the baselines need Python 3.10 or newer and pip");
  const events = join(folder, "events.out.tfevents.1767225600.host.1.0");
  const tags = ["loss", "lr", "grad_norm", "val/loss"];
  const files = [
    { kind: "events", path: events, make: () => eventFile(events, { tags, steps: 125_000 }), name: "TensorBoard" },
    ...[
      { kind: "nanogpt", make: nanogptLog },
      { kind: "megatron", make: megatronLog },
    ].map(({ kind, make }) => {
      const path = join(folder, `${kind}.log`);
      return { kind, path, make: () => make(path, 120 * MB), name: "expressions in Python" };
    }),
  ];
  const results = [];
  for (const { kind, path, make, name } of files) {
    const points = make();
    const amount = kind === "events" ? points : statSync(path).size / MB;
    const unit = kind === "events" ? "scalars/s" : "MB/s";
    const [ours, theirs] = [[], []];
    for (let round = 1; round <= ROUNDS; round++) {
      say(`${kind}, round ${round} of ${ROUNDS}`);
      ours.push(amount / (await child([path], points)).seconds);
      const { stdout } = await alone(python, [join(ROOT, "bench", "import-baseline.py"), kind, path]);
      const their = JSON.parse(stdout);
      if (their.points !== points) throw new Error(`${name} reads ${their.points} of ${points} points`);
      theirs.push(amount / their.seconds);
    }
    const figure = `import.${kind}_${kind === "events" ? "scalars" : "mb"}_per_s`;
    results.push(result(figure, ours, { unit, better: "higher", baseline: { name, values: theirs } }));
  }
  return results;
}

/** A log that does not fit into the memory that is asked for. */
async function large() {
  say("a log of 2 GB");
  const path = join(folder, "large.log");
  const points = nanogptLog(path, 2_000 * MB);
  const { seconds, mib } = await child([path], points);
  await rm(path);
  return [
    result("import.large_log_mib", [mib], { unit: "MiB", better: "lower" }),
    result("import.large_log_s", [seconds], { unit: "s", better: "lower" }),
  ];
}

/** 1,000 runs of 10,000 points, by the API of the real server. */
async function send() {
  say("1,000 runs x 10,000 points");
  const runs = join(folder, "runs");
  for (let i = 0; i < 1_000; i++) {
    const own = join(runs, `run ${i}`);
    mkdirSync(own, { recursive: true });
    eventFile(join(own, "events.out.tfevents.1767225600.host.1.0"), { tags: ["loss"], steps: 10_000, run: i });
  }
  const server = await startProduct();
  const sql = postgres(server.databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const [team] = await sql`select id from teams limit 1`;
    await sql`insert into projects (team_id, slug, name) values (${team.id}, 'bench', 'Bench')`;
    const { seconds, mib } = await child([runs, server.url, server.key], 10_000_000);
    const [{ n }] = await sql`select count(*)::int as n from runs where source = 'import' and state = 'finished'`;
    if (n !== 1_000) throw new Error(`${n} of 1000 runs were stored`);
    return [
      result("import.send_1000x10k_s", [seconds], { unit: "s", better: "lower" }),
      result("import.send_1000x10k_mib", [mib], { unit: "MiB", better: "lower" }),
    ];
  } finally {
    await sql.end();
    await server.stop();
  }
}

/** What bench/import-child.ts says of the import; an import of fewer points is none. */
async function child(args, points) {
  const command = [process.execPath, [join(ROOT, "bench", "import-child.mjs"), ...args]];
  const { stdout } = args.length === 1 ? await alone(...command) : await run(...command, { cwd: ROOT });
  const said = JSON.parse(stdout);
  if (said.points !== points || said.problems > 0)
    throw new Error(`${said.points} of ${points} points were read, ${said.problems} problems`);
  return said;
}

/** On one core, where the system can say so. */
async function alone(program, args) {
  const options = { cwd: ROOT, maxBuffer: 1 << 24 };
  if (process.platform !== "linux") return run(program, args, options);
  return run("taskset", ["-c", "0", program, ...args], options);
}
