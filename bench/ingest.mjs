// `npm run bench:ingest [-- --json]`: points a second into the real server over HTTP, against a row a point.
import { execFile } from "node:child_process";
import { Agent } from "node:http";
import { join } from "node:path";
import postgres from "postgres";
import { binaryBody, call, post, startProduct, startRowStore } from "./product.mjs";
import { print, ROOT, result, say } from "./report.mjs";

const CONNECTIONS = 16;
const METRICS = 20;
const ROUNDS = 3;
const SECONDS = 6;

const server = await startProduct();
const rows = await startRowStore(server.databaseUrl);
const sql = postgres(server.databaseUrl, { max: 1, onnotice: () => {} });
try {
  const measured = { segments: [], rows: [], p99: [], small: [], binary: [] };
  for (let round = 0; round < ROUNDS; round++) {
    say(`round ${round + 1} of ${ROUNDS}`);
    const columnar = await load(server, { steps: 50, format: json });
    measured.segments.push(columnar.pointsPerS);
    measured.p99.push(columnar.p99Ms);
    measured.rows.push((await load({ ...rows, key: server.key }, { steps: 50, format: json })).pointsPerS);
    measured.small.push((await load(server, { steps: 1, format: json })).requestsPerS);
    measured.binary.push((await load(server, { steps: 50, format: binary })).pointsPerS);
  }
  const size = { unit: "bytes", better: "lower" };
  print([
    result("ingest.points_per_s.batch1000", measured.segments, {
      unit: "points/s",
      better: "higher",
      baseline: { name: "row a point, same HTTP path", values: measured.rows },
    }),
    result("ingest.p99_ms.batch1000", measured.p99, { unit: "ms", better: "lower" }),
    result("ingest.requests_per_s.batch20", measured.small, { unit: "requests/s", better: "higher" }),
    result("ingest.points_per_s.binary1000", measured.binary, { unit: "points/s", better: "higher" }),
    result("client.log_call_us", await logCalls(), { unit: "us", better: "lower" }),
    result("store.bytes_per_point.smooth", [await bytesPerPoint("smooth")], size),
    result("store.bytes_per_point.noise", [await bytesPerPoint("noise")], size),
  ]);
} finally {
  await sql.end();
  await rows.end();
  await server.stop();
}

/** Closed loop: each connection sends its own run's next batch as soon as the last one is acknowledged. */
async function load(target, { steps, format }) {
  await call(server, "GET", "/runs?project=bench&format=csv").catch(() => createProject());
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const runs = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => call(server, "POST", "/runs", { project: "bench" })),
  );
  const perConnection = Math.ceil((SECONDS * 40_000) / (steps * METRICS) / (steps === 1 ? 4 : 1));
  const bodies = runs.map((_, c) =>
    Array.from({ length: Math.min(perConnection, 200) }, (_, k) => format(c, k, steps)),
  );
  const waits = [];
  const end = performance.now() + SECONDS * 1000;
  const begun = performance.now();
  await Promise.all(
    runs.map(async (run, c) => {
      for (let k = 0; performance.now() < end; k++) {
        const { type, body } = k < bodies[c].length ? bodies[c][k] : format(c, k, steps);
        const sent = performance.now();
        await post(agent, `${target.url}/api/v1/runs/${run.id}/metrics`, server.key, type, body);
        waits.push(performance.now() - sent);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  waits.sort((a, b) => a - b);
  return {
    pointsPerS: (waits.length * steps * METRICS) / seconds,
    requestsPerS: waits.length / seconds,
    p99Ms: waits[Math.floor(waits.length * 0.99)],
  };
}

function json(connection, k, steps) {
  const columns = columnsOf(connection, k, steps);
  const series = columns.values.map((values, m) => ({ metric: `layer ${m}/loss`, values }));
  const batch = { writer: "bench", seq: k, steps: columns.steps, tokens: columns.tokens, times: columns.times, series };
  return { type: "application/json", body: Buffer.from(JSON.stringify(batch)) };
}

function binary(connection, k, steps) {
  const columns = columnsOf(connection, k, steps);
  const metrics = columns.values.map((_, m) => `layer ${m}/loss`);
  return { type: "application/vnd.etalon.metrics", body: binaryBody({ seq: k, metrics, ...columns }) };
}

/** Losses that fall with noise, in float32 as trainers log them. */
function columnsOf(connection, k, n) {
  const steps = Array.from({ length: n }, (_, i) => k * n + i);
  return {
    steps,
    tokens: steps.map((s) => s * 65_536),
    times: steps.map((s) => 1.76e12 + s * 731 + (s % 7)),
    values: Array.from({ length: METRICS }, (_, m) => steps.map((s) => smooth(s + connection * 1e6, m))),
  };
}

function smooth(step, metric) {
  const noise = ((step * 2654435761 + metric * 40503) % 65536) / 65536;
  return Math.fround(2 + metric / 10 + 8 / Math.sqrt(step + 1) + 0.02 * noise);
}

/** Size of all tables of the store, indexes included, for 20 metrics at 20,000 steps after compaction. */
async function bytesPerPoint(kind) {
  say(`bytes a point: ${kind}`);
  await sql`truncate metric_segments, metric_chunks, metric_axes, metric_summaries, ingest_batches, ingest_ledgers`;
  const { id } = await call(server, "POST", "/runs", { project: "bench" });
  const agent = new Agent({ keepAlive: true });
  const STEPS = 20_000;
  for (let k = 0; k < STEPS / 50; k++) {
    const columns = columnsOf(0, k, 50);
    if (kind === "noise") columns.values = columns.values.map((v) => v.map(() => Math.random()));
    const series = columns.values.map((values, m) => ({ metric: `m${m}`, values }));
    const { steps, tokens, times } = columns;
    await post(
      agent,
      `${server.url}/api/v1/runs/${id}/metrics`,
      server.key,
      "application/json",
      Buffer.from(JSON.stringify({ writer: kind, seq: k, steps, tokens, times, series })),
    );
  }
  agent.destroy();
  await call(server, "POST", `/runs/${id}/finish`, { state: "finished" });
  for (;;) {
    const [state] =
      await sql`select sealed and not exists (select from metric_segments where run_id = ${id}) as done from runs where id = ${id}`;
    if (state.done) break;
    await new Promise((done) => setTimeout(done, 200));
  }
  const tables = [
    "metric_segments",
    "metric_chunks",
    "metric_axes",
    "metric_summaries",
    "ingest_batches",
    "ingest_ledgers",
  ];
  for (const table of tables) await sql.unsafe(`vacuum full ${table}`);
  const [{ bytes }] =
    await sql`select sum(pg_total_relation_size(t::regclass))::float8 as bytes from unnest(${tables}::text[]) t`;
  return bytes / (METRICS * STEPS);
}

/** The Python client's `log`, three times. */
async function logCalls() {
  say("python client");
  const run = () =>
    new Promise((done, reject) => {
      const env = {
        ...process.env,
        ETALON_URL: server.url,
        ETALON_API_KEY: server.key,
        ETALON_SPILL_DIR: `${server.dataDir}/spill`,
      };
      execFile("python3", [join(ROOT, "bench", "client.py")], { env }, (e, out) => (e ? reject(e) : done(Number(out))));
    });
  return [await run(), await run(), await run()];
}

async function createProject() {
  const [team] = await sql`select id from teams limit 1`;
  await sql`insert into projects (team_id, slug, name) values (${team.id}, 'bench', 'Bench') on conflict do nothing`;
}
