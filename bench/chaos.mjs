// `npm run bench:chaos -- --minutes 10 --json`: server, database, agent and trainers are killed at random, and the disk
// is full for a while, while a real sweep trains and eight clients log. Prints what came of it; exits 1 unless every
// acknowledged point is there once and to the bit, no run is stuck and no job failed without a cause. With root and
// tmpfs the data lie on a small file system of their own, which is filled; elsewhere that part is left out and said.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alive } from "../os/process.ts";
import { Logging } from "./points.mjs";
import { call, startProduct } from "./product.mjs";
import { say } from "./report.mjs";

const value = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? Number(process.argv[at + 1]) : otherwise;
};
const MINUTES = value("minutes", 10);
const CLIENTS = 8;
const FULL_SECONDS = 30;
const DISK_MIB = 3_072;
/** Trainers that an agent runs side by side. */
const SLOTS = 2;
const KINDS = ["server", "database", "agent", "trainer"];

const disk = mountDisk();
let server = await startProduct({ flags: ["--no-quickstart"], folder: disk?.folder });
const struck = Object.fromEntries(KINDS.map((k) => [k, 0]));
const logging = new Logging({ server: () => server, steps: 500, pauseMs: 150 });
let restarts = 0;
/** While a killed server is being started. */
let starting = null;
try {
  const api = await signIn();
  const sweep = await queueSweep(api);
  const runs = await Promise.all(
    Array.from({ length: CLIENTS }, (_, i) => call(server, "POST", "/runs", { project: "chaos", id: `client ${i}` })),
  );
  const begun = performance.now();
  const deadline = begun + MINUTES * 60_000;
  logging.start(runs);
  const fullAt = begun + (MINUTES * 60_000) / 3;
  let filled = disk === null;
  while (performance.now() < deadline) {
    await sleep(6_000 + 10_000 * Math.random());
    if (!filled && performance.now() > fullAt) {
      filled = true;
      await fillDisk();
    }
    strike();
  }
  const killingMinutes = (performance.now() - begun) / 60_000;
  await up();
  await logging.stop();
  for (const run of runs) await again(() => call(server, "POST", `/runs/${run.id}/finish`, { state: "finished" }));
  const sweepEnd = await settle(api, sweep);
  const points = await logging.count();
  const report = {
    minutes: MINUTES,
    seconds: Math.round((performance.now() - begun) / 1_000),
    kills: struck,
    killsPerMinute: Number((Object.values(struck).reduce((a, b) => a + b) / killingMinutes).toFixed(1)),
    serverRestarts: restarts,
    diskFullSeconds: disk ? FULL_SECONDS : 0,
    ...points,
    ...sweepEnd,
  };
  console.log(process.argv.includes("--json") ? JSON.stringify(report) : report);
  const sound = points.found === points.acknowledged && points.doubled === 0 && points.wrong === 0;
  process.exitCode = sound && sweepEnd.runsStuck === 0 && sweepEnd.jobsFailedWithoutCause === 0 ? 0 : 1;
} finally {
  logging.abandon();
  await server.stop().catch((e) => say(e.message));
  if (disk) spawnSync("umount", ["-l", disk.folder]);
  if (disk) await rm(disk.folder, { recursive: true, force: true });
}

/**
 * Kills one of the kind that was killed least, of those that run at the moment; a server is started again meanwhile.
 */
function strike() {
  if (starting === null && !alive(server.pid)) startInTheBackground(); // given up by its supervision
  const running = KINDS.map((kind) => ({ kind, victims: processesOf(kind) })).filter((k) => k.victims.length > 0);
  const [least] = running.sort((a, b) => struck[a.kind] - struck[b.kind] || Math.random() - 0.5);
  if (!least) return;
  const victim = least.victims[Math.floor(Math.random() * least.victims.length)];
  process.kill(victim, "SIGKILL");
  struck[least.kind] += 1;
  say(`killed ${least.kind} ${victim}`);
  if (least.kind === "server") startInTheBackground();
}

function startInTheBackground() {
  starting = sleep(300)
    .then(startAgain)
    .finally(() => {
      starting = null;
    });
}

async function startAgain() {
  for (;;) {
    const started = await server.again().catch((e) => say(`not started: ${e.message.split("\n").at(-2) ?? e.message}`));
    if (started) {
      server = { ...server, ...started };
      restarts += 1;
      return;
    }
    await sleep(2_000);
  }
}

/** Waits for a healthy server; one that gave up, as a supervisor would see by its exit code, is started again. */
async function up() {
  for (let tries = 0; ; tries++) {
    const healthy = await fetch(`${server.url}/api/health`, { signal: AbortSignal.timeout(5_000) }).then(
      (r) => r.ok,
      () => false,
    );
    if (healthy) return;
    await starting;
    if (!alive(server.pid)) await startAgain();
    if (tries > 120) throw new Error("the server did not become healthy");
    await sleep(1_000);
  }
}

/** Fills the file system to the last byte, waits, and gives the space back. */
async function fillDisk() {
  const file = join(disk.folder, "filler");
  const { bavail, bsize } = statfsSync(disk.folder);
  spawnSync("dd", ["if=/dev/zero", `of=${file}`, "bs=1M", `count=${Math.ceil((bavail * bsize) / 2 ** 20) + 1}`], {
    stdio: "ignore",
  });
  say(`the disk is full for ${FULL_SECONDS} s`);
  const before = logging.acknowledged;
  await sleep(FULL_SECONDS * 1_000);
  await rm(file, { force: true });
  say(`there is space again; ${logging.acknowledged - before} points were taken meanwhile`);
  await up();
}

function mountDisk() {
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m,mode=755`, "tmpfs", folder]);
  if (mounted.status === 0) return { folder };
  say("no file system of its own can be mounted here: the full disk is left out");
  return null;
}

async function signIn() {
  const { searchParams } = new URL(server.signInLink());
  const answer = await fetch(`${server.url}/api/sign-in`, {
    method: "POST",
    body: searchParams,
    headers: { origin: new URL(server.url).origin },
    redirect: "manual",
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((c) => c.split(";")[0])
    .join("; ");
  return async (name, input) => {
    const response = await fetch(`${server.url}/api/trpc/${name}`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json" },
      body: JSON.stringify({ json: { team: "team", ...input } }),
    });
    const body = await response.json();
    if (!response.ok) throw new Error(`${name}: ${JSON.stringify(body.error)}`);
    return body.result.data.json;
  };
}

/** More jobs than are trained in the time, so that something trains all along. */
async function queueSweep(api) {
  await api("project.create", { project: { name: "chaos", slug: "chaos" } });
  const space = {
    models: [{ width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 }],
    batches: [8, 16].map((batchSeqs) => ({
      batchSeqs,
      learningRates: Array.from({ length: 8 }, (_, i) => 0.001 * 2 ** (i / 2)),
    })),
    tokens: [1, 2].map((n) => n * Math.max(1, Math.round(MINUTES / 2)) * 524_288),
    schedule: { kind: "wsd", warmupTokens: 65_536 },
  };
  return api("sweep.create", { sweep: { project: "chaos", name: "chaos", space } });
}

/** Waits until the sweep has ended or stands still, and says what became of its jobs and runs. */
async function settle(api, { id }) {
  const end = performance.now() + Math.max(180_000, MINUTES * 60_000);
  for (;;) {
    await up();
    const { progress } = await again(() => api("sweep.get", { id }));
    if (progress.queued + progress.running === 0 || performance.now() > end) break;
    await sleep(2_000);
  }
  const { default: postgres } = await import("postgres");
  const sql = postgres(await server.currentDatabaseUrl(), { max: 1, onnotice: () => {} });
  const states = await sql`select state, count(*)::int as n from runs where sweep_id = ${id} group by state`;
  const jobs = await sql`select error from jobs where sweep_id = ${id} and state = 'failed'`;
  const [lost] = await sql`select sum(attempts)::int as attempts from jobs where sweep_id = ${id}`;
  const [stuck] = await sql`
    select count(*)::int as n from runs r left join jobs j on j.id = r.job_id where r.sweep_id = ${id}
      and (r.state in ('queued', 'running')) and (j.id is null or j.state not in ('queued', 'running'))`;
  const [open] = await sql`select count(*)::int as n from runs where sweep_id is null and state = 'running'`;
  await sql.end();
  const count = Object.fromEntries(states.map((s) => [s.state, s.n]));
  const unfinished = (count.queued ?? 0) + (count.running ?? 0);
  return {
    sweepRuns: count,
    runsStuck: stuck.n + open.n + unfinished,
    attemptsLost: lost.attempts,
    jobsFailed: jobs.length,
    // The third kill of a job's trainers or agents is a cause, where not more attempts were lost than kills can have
    // cost.
    jobsFailedWithoutCause:
      lost.attempts > struck.agent * SLOTS + struck.trainer
        ? jobs.length
        : jobs.filter((j) => !/signal|SIGKILL|killed|not heard of/i.test(j.error ?? "")).length,
  };
}

function processesOf(kind) {
  const all = readdirSync("/proc")
    .filter((n) => /^\d+$/.test(n))
    .map(Number);
  const args = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    } catch {
      return [];
    }
  };
  const environment = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8");
    } catch {
      return "";
    }
  };
  const ours = (pid) => environment(pid).includes(`ETALON_DATA_DIR=${server.dataDir}`);
  if (kind === "server") return starting === null ? [server.pid].filter(alive) : [];
  if (kind === "database")
    return all.filter(
      (pid) => args(pid)[0]?.endsWith("postgres") && args(pid).includes(join(server.dataDir, "postgres", "cluster")),
    );
  if (kind === "agent") return all.filter((pid) => args(pid).includes("worker") && ours(pid));
  const agents = processesOf("agent");
  return all.filter((pid) => /etalon-trainer$/.test(args(pid)[0] ?? "") && agents.includes(parentOf(pid)));
}

function parentOf(pid) {
  try {
    return Number(/PPid:\t(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

async function again(work) {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (e) {
      if (tries > 60) throw e;
      await sleep(1_000);
    }
  }
}
