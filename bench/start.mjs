// `npm run bench:start [-- --json] [-- --full]`: how long a person waits, on a fresh clone of the last commit.
import { execFileSync, spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../os/net.ts";
import { print, ROOT, result as report, say, timed } from "./report.mjs";

const SECOND_STARTS = 3;
const full = process.argv.includes("--full");

const folder = await mkdtemp(join(tmpdir(), "etalon-bench-"));
await chmod(folder, 0o755); // the database's user must be able to enter it
try {
  print(await measure(join(folder, "etalon"), join(folder, "data")));
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function measure(root, dataDir) {
  git("clone", "--quiet", "--local", ROOT, root);
  say("installing the packages");
  const install = await timed(() => execFileSync("npm", ["ci", "--no-progress"], { cwd: root, stdio: "ignore" }));
  say("first start: builds the pages and the trainer");
  const first = await start(root, dataDir);
  const waits = [];
  try {
    const key = command(root, dataDir, ["key", "create", "--scopes", "read"]);
    say("waiting for the first complete curve");
    waits.push(result("start.first_curve_s", [await seconds(first, key, (runs) => curvesOf(runs).some(complete))]));
    if (full) {
      say("waiting for the end of the quickstart");
      waits.push(result("start.quickstart_s", [await seconds(first, key, complete)]));
    }
  } finally {
    await stop(first);
  }
  const second = [];
  for (let i = 0; i < SECOND_STARTS; i++) {
    const again = await start(root, dataDir);
    second.push(again.readySeconds);
    await stop(again);
  }
  return [
    result("start.install_s", [install]),
    result("start.first_ready_s", [first.readySeconds]),
    result("start.second_ready_s", second),
    ...waits,
  ];
}

async function start(root, dataDir) {
  const begun = performance.now();
  const port = await freePort();
  const child = spawn(process.execPath, [join(root, "bin", "etalon.mjs"), "start"], {
    cwd: root,
    env: { ...process.env, PORT: String(port), ETALON_DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((done) => child.on("close", done));
  let output = "";
  child.stderr.on("data", (data) => {
    output += data;
  });
  const ready = new Promise((done) =>
    child.stdout.on("data", (data) => {
      output += data;
      if (/^ready: .*\n/m.test(output)) done(true);
    }),
  );
  if (!(await Promise.race([ready, ended.then(() => false)]))) throw new Error(`the server did not start:\n${output}`);
  const readyAt = performance.now();
  return { child, ended, readyAt, readySeconds: (readyAt - begun) / 1000, url: `http://127.0.0.1:${port}` };
}

async function stop({ child, ended }) {
  child.kill("SIGTERM");
  await ended;
}

/** Seconds after `ready` until the exported runs satisfy `test`. */
async function seconds(server, key, test) {
  for (;;) {
    const response = await fetch(`${server.url}/api/v1/runs?project=quickstart&format=jsonl`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    const runs = text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const failed = runs.find((r) => r.state === "failed");
    if (failed) throw new Error(`a run of the quickstart failed: ${failed.name}`);
    if (runs.length > 0 && test(runs)) return (performance.now() - server.readyAt) / 1000;
    await new Promise((done) => setTimeout(done, 250));
  }
}

function complete(runs) {
  return runs.every((r) => r.state === "finished");
}

/** Runs that differ only in learning rate. */
function curvesOf(runs) {
  const curves = new Map();
  for (const r of runs) {
    const name = [r.width, r.batchSeqs, r.tokens].join(" ");
    curves.set(name, [...(curves.get(name) ?? []), r]);
  }
  return [...curves.values()];
}

function result(name, values) {
  return report(name, values, { unit: "s", better: "lower" });
}

function command(root, dataDir, args) {
  const env = { ...process.env, ETALON_DATA_DIR: dataDir };
  const program = [join(root, "bin", "etalon.mjs"), ...args];
  return execFileSync(process.execPath, program, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
  }).trim();
}

function git(...args) {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
}
