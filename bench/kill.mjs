// `npm run bench:kill [-- --kills 20]`: points under load while server, compactor and database are killed without warning.
// Prints acknowledged / found / doubled; exits 1 unless every acknowledged point is there, once and to the bit.
import { readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import { binaryBody, call, post, startProduct } from "./product.mjs";

const asked = process.argv.indexOf("--kills");
const KILLS = asked > 0 ? Number(process.argv[asked + 1]) : 20;
const WRITERS = 8;
const METRICS = 4;
const STEPS = 2_500;
const RETRY_MS = 100;

let server = await startProduct();
const { dataDir } = server;
const agent = new Agent({ keepAlive: true });
let stopping = false;
let acknowledged = 0;
/** Since a strike; null once a batch was taken again, which ends the time that it was down. */
let struckAt = null;
let downMs = 0;
try {
  await call(server, "POST", "/runs", { project: "kill" }).catch(() => {});
  await createProject();
  const runs = await Promise.all(
    Array.from({ length: WRITERS }, () => call(server, "POST", "/runs", { project: "kill" })),
  );
  const begun = performance.now();
  const writing = runs.map((run, w) => write(run.id, w));
  for (let k = 0; k < KILLS; k++) {
    await sleep(1_000 + 2_000 * Math.random());
    await strike(k);
  }
  stopping = true;
  const batches = await Promise.all(writing);
  const seconds = (performance.now() - begun) / 1000;
  const { found, doubled, wrong } = await count(runs, batches);
  console.log(
    `${KILLS} kills in ${seconds.toFixed(0)} s at ${Math.round(acknowledged / (seconds - downMs / 1000))} points/s while it took batches (${(downMs / 1000).toFixed(0)} s down): acknowledged ${acknowledged}, found ${found}, doubled ${doubled}, wrong ${wrong}`,
  );
  process.exitCode = found === acknowledged && doubled === 0 && wrong === 0 ? 0 : 1;
} finally {
  stopping = true;
  agent.destroy();
  await server.stop();
}

/** One writer: a batch is sent again until it is acknowledged; some acknowledged ones are sent once more on purpose. */
async function write(id, w) {
  let seq = 0;
  for (; !stopping; seq++) {
    const body = batch(w, seq);
    await sendUntilTaken(id, body);
    acknowledged += METRICS * STEPS;
    if (struckAt !== null) downMs += performance.now() - struckAt;
    struckAt = null;
    if (seq % 10 === 9) await sendUntilTaken(id, batch(w, Math.floor(seq * Math.random())));
  }
  return seq;
}

async function sendUntilTaken(id, body) {
  for (;;) {
    const sent = await post(
      agent,
      `${server.url}/api/v1/runs/${id}/metrics`,
      server.key,
      "application/vnd.etalon.metrics",
      body,
    ).then(
      () => true,
      () => false,
    );
    if (sent) return;
    await sleep(RETRY_MS);
  }
}

function batch(w, seq) {
  const steps = Array.from({ length: STEPS }, (_, i) => seq * STEPS + i);
  const metrics = Array.from({ length: METRICS }, (_, m) => `m${m}`);
  const values = metrics.map((_, m) => steps.map((s) => valueAt(w, m, s)));
  return binaryBody({ seq, metrics, steps, tokens: steps, times: steps, values });
}

function valueAt(w, m, step) {
  return step % 1_001 === 0 ? Number.NaN : Math.sin(step * (m + 1) + w);
}

/** In turn: the server with its compactor; one backend of the database; database and server at once. */
async function strike(k) {
  struckAt ??= performance.now();
  const backends = processes().filter((p) => p.name === "postgres");
  if (k % 3 === 1) {
    const backend = backends.filter((p) => p.args.includes("etalon")).at(k % 5);
    if (backend) process.kill(backend.pid, "SIGKILL");
    return;
  }
  if (k % 3 === 2) for (const p of backends) kill(p.pid);
  kill(server.pid);
  await sleep(200);
  server = { ...server, ...(await server.again()) };
}

/** Processes of this data directory's database. */
function processes() {
  const all = readdirSync("/proc").filter((n) => /^\d+$/.test(n));
  const read = (pid, file) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      return "";
    }
  };
  const list = all.map((pid) => ({
    pid: Number(pid),
    name: read(pid, "comm").trim(),
    args: read(pid, "cmdline"),
    parent: Number(/PPid:\t(\d+)/.exec(read(pid, "status"))?.[1]),
  }));
  const master = list.find((p) => p.name === "postgres" && p.args.includes(dataDir));
  return master ? list.filter((p) => p.pid === master.pid || p.parent === master.pid) : [];
}

async function count(runs, batches) {
  let [found, doubled, wrong] = [0, 0, 0];
  for (const [w, run] of runs.entries()) {
    const response = await fetch(`${server.url}/api/v1/runs/${run.id}/points`, {
      headers: { authorization: `Bearer ${server.key}` },
    });
    const seen = Array.from({ length: METRICS }, () => new Uint8Array(batches[w] * STEPS));
    for await (const line of lines(response.body)) {
      const [, , metric, step, tokens, , value] = line.split(",");
      if (!metric?.startsWith("m") || step === "step") continue;
      const times = seen[Number(metric.slice(1))];
      if (times[step]) doubled++;
      else found++;
      times[step] = 1;
      const expected = valueAt(w, Number(metric.slice(1)), Number(step));
      if (!Object.is(Number(value), expected) || tokens !== step || Number(step) >= batches[w] * STEPS) wrong++;
    }
  }
  return { found, doubled, wrong };
}

async function* lines(body) {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const part of body) {
    const pieces = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = pieces.pop();
    yield* pieces;
  }
}

async function createProject() {
  const { default: postgres } = await import("postgres");
  const sql = postgres(server.databaseUrl, { max: 1, onnotice: () => {} });
  const [team] = await sql`select id from teams limit 1`;
  await sql`insert into projects (team_id, slug, name) values (${team.id}, 'kill', 'Kill') on conflict do nothing`;
  await sql.end();
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // gone already
  }
}

function sleep(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
