// `npm run bench:read [-- --json] [-- --only series,runList,deletion,team]`: what pages wait for, on the real server; the baseline reads a row a point in
// Postgres.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { binaryBody, call, post, startProduct } from "./product.mjs";
import { teamPages } from "./read-team.mjs";
import { print, result, say, timed } from "./report.mjs";

const STEPS = 10_000;
/** Requests after which the server's engine has compiled what answers them. */
const WARMING = 15;
const server = await startProduct();
const sql = postgres(server.databaseUrl, { max: 4, onnotice: () => {} });
const ms = { unit: "ms", better: "lower" };
try {
  const [team] = await sql`select id from teams limit 1`;
  await sql`insert into projects (team_id, slug, name) values (${team.id}, 'bench', 'Bench')`;
  const parts = { series, runList, deletion, team: largeTeam };
  const only = process.argv.find((_, i, all) => all[i - 1] === "--only")?.split(",") ?? Object.keys(parts);
  const results = [];
  for (const name of only) results.push(...(await parts[name]()));
  print(results);
} finally {
  await sql.end();
  await server.stop();
}

async function series() {
  say("1,000 runs x 10,000 points");
  const runs = await Promise.all(Array.from({ length: 1_000 }, () => newRun()));
  for (const [i, id] of runs.entries()) await fill(id, ["loss"], STEPS, i);
  const long = await newRun();
  await fill(long, ["loss"], 100_000, 1);
  await settled();
  await sql`create table bench_points (run_id uuid not null, metric text not null, step bigint not null, value float8 not null, primary key (run_id, metric, step))`;
  for (const id of runs.slice(0, 200)) {
    await sql`insert into bench_points select ${id}::uuid, 'loss', s, 2 + 8 / sqrt(s + 1) from generate_series(0, ${STEPS - 1}) s`;
  }
  await sql`vacuum analyze bench_points`;
  const times = { many: [], rows: [], one: [], thousand: [] };
  for (let round = 0; round < 7; round++) {
    times.many.push(await read({ runIds: runs.slice(0, 200), buckets: 1_000 }));
    times.rows.push(await readRows(runs.slice(0, 200), 1_000));
  }
  // Apart from the baseline, whose rows keep this process collecting garbage.
  for (let round = -WARMING; round < 30; round++) {
    const spent = await read({ runIds: [long], buckets: 100_000 });
    if (round >= 0) times.one.push(spent);
  }
  for (let round = 0; round < 5; round++) times.thousand.push(await read({ runIds: runs, buckets: 500 }));
  return [
    result("read.series_200x10k_ms", times.many, {
      ...ms,
      baseline: { name: "row a point, grouped by Postgres", values: times.rows },
    }),
    result("read.series_1x100k_ms", times.one, ms),
    result("read.series_1000x500_ms", times.thousand, ms),
  ];
}

/** Until the last byte is here. Node's `fetch` takes longer over such bodies than the server that is to be measured. */
async function read(body) {
  const headers = { authorization: `Bearer ${server.key}`, accept: "application/vnd.etalon.series" };
  const begun = performance.now();
  const { status, bytes } = await new Promise((done, reject) => {
    const req = request(`${server.url}/api/v1/series`, { method: "POST", headers }, (res) => {
      const parts = [];
      res.on("data", (part) => parts.push(part));
      res.on("end", () => done({ status: res.statusCode, bytes: Buffer.concat(parts) }));
      res.on("error", reject);
    });
    req.on("error", reject);
    req.end(JSON.stringify({ metric: "loss", ...body }));
  });
  const spent = performance.now() - begun;
  if (status !== 200 || bytes.length < 1_000) throw new Error(`series: ${status}`);
  return spent;
}

async function readRows(runIds, buckets) {
  const begun = performance.now();
  const rows = await sql`
    select run_id, step / ${STEPS / buckets} as bucket, min(value), max(value), count(*), (array_agg(value order by step desc))[1] as last
    from bench_points where run_id = any(${runIds}::uuid[]) and metric = 'loss' group by 1, 2 order by 1, 2`;
  JSON.stringify(rows);
  return performance.now() - begun;
}

/** 100,000 runs with a metric, sorted by its lowest value. */
async function runList() {
  say("100,000 runs");
  const [team] = await sql`select id from teams limit 1`;
  const [project] =
    await sql`insert into projects (team_id, slug, name) values (${team.id}, 'list', 'List') returning id`;
  await sql`
    insert into runs (team_id, project_id, name, state, config, peak_lr, batch_seqs, tokens, final_loss)
    select ${team.id}::uuid, ${project.id}::uuid, 'run ' || i, 'finished', jsonb_build_object('lr', i * 1e-7, 'seed', i), i * 1e-7, 8, 1e6, 2 + i * 1e-5
    from generate_series(1, 100000) i`;
  const metrics = await sql`
    insert into metrics (project_id, name) select ${project.id}::uuid, 'metric ' || i from generate_series(1, 5) i returning id`;
  await sql`
    insert into metric_summaries (run_id, metric_id, points, last, last_step, min, min_step, max, max_step)
    select r.id, m, 100, v, 99, v, 99, v + 1, 0 from runs r cross join unnest(${metrics.map((m) => m.id)}::int[]) m
    cross join lateral (select 2 + (hashtext(r.id::text || m) % 100000) * 1e-5 as v) x where r.project_id = ${project.id}`;
  await sql`vacuum analyze runs, metric_summaries, metrics`;
  const p95 = async (end) => {
    const rounds = [];
    for (let round = 0; round < 3; round++) {
      const waits = [];
      for (let i = 0; i < 20; i++) {
        const body = { project: "list", sort: 'metric("metric 3").min', metrics: ["metric 3"], limit: 100, end };
        waits.push(1_000 * (await timed(() => call(server, "POST", "/runs/query", body))));
      }
      rounds.push(waits.sort((a, b) => a - b)[18]);
    }
    return rounds;
  };
  return [
    result("read.run_list_100k_p95_ms.first", await p95("first"), ms),
    result("read.run_list_100k_p95_ms.last", await p95("last"), ms),
  ];
}

async function largeTeam() {
  const pages = Object.entries(await teamPages(server, sql));
  return pages.map(([name, values]) => result(`read.team_${name}_p95_ms`, values, ms));
}

/** A run of 10 million points: 20 metrics at 500,000 steps. */
async function deletion() {
  say("a run of 10 million points");
  const id = await newRun();
  await fill(
    id,
    Array.from({ length: 20 }, (_, m) => `m${m}`),
    500_000,
    1,
  );
  await settled();
  const before = memoryMiB();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memoryMiB());
  }, 20);
  const seconds = await timed(async () => {
    await call(server, "DELETE", `/runs/${id}`);
    while ((await sql`select 1 from runs where id = ${id}`).length > 0) await sleep(20);
  });
  await sleep(500);
  clearInterval(watch);
  return [
    result("store.delete_10m_s", [seconds], { unit: "s", better: "lower" }),
    result("store.delete_10m_rss_mib", [Math.max(0, most - before)], { unit: "MiB", better: "lower" }),
  ];
}

async function newRun() {
  return (await call(server, "POST", "/runs", { project: "bench" })).id;
}

async function fill(id, metrics, steps, seed) {
  const each = Math.floor(10_000 / metrics.length);
  for (let k = 0; k * each < steps; k++) {
    const at = Array.from({ length: Math.min(each, steps - k * each) }, (_, i) => k * each + i);
    const values = metrics.map((_, m) =>
      at.map((s) => Math.fround(2 + 8 / Math.sqrt(s + 1) + 0.02 * noise(s * 31 + m * 7 + seed))),
    );
    const body = binaryBody({
      seq: k,
      metrics,
      steps: at,
      tokens: at.map((s) => s * 65_536),
      times: at.map((s) => 1.76e12 + s * 731),
      values,
    });
    await post(null, `${server.url}/api/v1/runs/${id}/metrics`, server.key, "application/vnd.etalon.metrics", body);
  }
}

function noise(n) {
  return ((n * 2654435761) % 65536) / 65536;
}

/** The inbox is empty: everything lies in chunks. */
async function settled() {
  while ((await sql`select 1 from metric_segments limit 1`).length > 0) await sleep(200);
}

function memoryMiB() {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]) / 1024;
}
