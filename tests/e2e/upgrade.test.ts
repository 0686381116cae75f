import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changedSince } from "@/lib/fit";
import { signIn } from "./api";
import { database, type Etalon, killAll, ROOT, remove, run, start, temporaryFolder, until } from "./etalon";

/**
 * tests/fixtures/upgrade: a backup of a store that an earlier version wrote and was killed over. It holds 80,000 points
 * of which 49 were doubled, values that are no numbers, reported values under a mapping, and three jobs: two were
 * running, one of them has its checkpoint; and a sweep with results, of which a fit was saved.
 */
const FIXTURE = join(ROOT, "tests", "fixtures", "upgrade");
const folder = await temporaryFolder("etalon upgrade ");
const dataDir = `${folder}/data`;
let etalon: Etalon;
let expected: Record<"long" | "odd" | "reported" | "key" | "fitId", string> & { runs: Record<string, unknown>[] };

beforeAll(async () => {
  expected = JSON.parse(await readFile(join(FIXTURE, "expected.json"), "utf8"));
  const restored = await run(dataDir, ["restore", FIXTURE]);
  expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining("restored")]);
  etalon = await start({ dataDir, flags: ["--no-quickstart"] });
});
afterAll(async () => {
  await etalon?.stop();
  await killAll(dataDir);
  await remove(folder);
});

async function api(path: string) {
  const headers = { authorization: `Bearer ${expected.key}` };
  const response = await fetch(`${etalon.url}/api/v1${path}`, { headers });
  const text = await response.text();
  expect([path, response.status, text.slice(0, 100)]).toEqual([path, 200, text.slice(0, 100)]);
  return text;
}

/** The points of a run as programs get them: one line a point. */
async function pointsOf(id: string): Promise<[number, string][]> {
  const [header, ...lines] = (await api(`/runs/${id}/points`)).trim().split(/\r?\n/);
  const names = header!.split(",");
  const at = (line: string, name: string) => line.split(",")[names.indexOf(name)]!;
  return lines.map((line) => [Number(at(line, "step")), at(line, "value")]);
}

const runNow = async (id: string) => JSON.parse(await api(`/runs/${id}`));

test("every point is there once, in order, the last value of a doubled one", async () => {
  await until("the doubled points are mended", 60, async () => (await pointsOf(expected.long)).length === 80_001);
  const points = await pointsOf(expected.long);
  expect(points.map(([step]) => step)).toEqual(Array.from({ length: 80_001 }, (_, i) => 10 * i));
  for (const [step, value] of points) if (Number(value) !== (step < 500 ? 2 : 1)) expect([step, value]).toBe("right");
  expect((await pointsOf(expected.odd)).map(([, value]) => value)).toEqual([
    ...["NaN", "Infinity", "-Infinity"],
    ...["0", "1e-300", "0.1"],
  ]);
});

test("results, states, configs and reported values are those of before", async () => {
  const sql = await database(dataDir);
  for (const before of expected.runs) {
    const [row] = await sql`select * from runs where id = ${String(before.id)}`;
    expect(row).toMatchObject({ name: before.name, architecture: before.architecture, peak_lr: before.peakLr });
    if (before.state === "finished") expect(row).toMatchObject({ state: "finished", final_loss: before.finalLoss });
  }
  const [reported] = await sql`select reported, batch_seqs, peak_lr, seed from runs where id = ${expected.reported}`;
  expect(reported).toMatchObject({ batch_seqs: 32, peak_lr: 0.004, seed: 3, reported: { peakLr: 0.004, seed: 3 } });
  await sql.end();
  expect((await runNow(expected.odd)).finalLoss).toBe(2.5);
});

test("runs of our trainer have their warmup apart from the schedule, and a recipe", async () => {
  const sql = await database(dataDir);
  const trained = await sql`select * from runs where source = 'trainer'`;
  expect(trained.length).toBeGreaterThan(expected.runs.filter((r) => r.sweepId).length);
  const named = () => sql`select from runs where source = 'trainer' and recipe ~ '^[0-9a-f]{12}$'`;
  await until("every recipe is named", 60, async () => (await named()).length === trained.length);
  for (const row of trained) {
    expect([row.schedule, row.schedule_shape, row.warmup_tokens]).toEqual(["wsd", "10% exp", 65_536]);
  }
  for (const before of expected.runs.filter((r) => r.sweepId)) {
    const { schedule, scheduleShape, warmupTokens, recipe } = await runNow(String(before.id));
    expect(before.schedule).toBe(`${schedule} ${scheduleShape}, warmup ${warmupTokens}`);
    expect(recipe).toMatch(/^[0-9a-f]{12}$/);
  }
  await sql.end();
});

test("a saved fit says what it said, that an older method made it, and is fitted anew to the same exponents", async () => {
  const sql = await database(dataDir);
  const [saved] = await sql`select result, run_ids from fits where id = ${expected.fitId}`;
  expect(saved!.result.settings).toMatchObject({ lossMetric: "final", where: "architecture=dense" });
  const api = await signIn(etalon);
  const { result, reproduced, since } = await api.fit.get.query({ team: "team", id: expected.fitId });
  // Its intervals take optima for independent, which today's do not.
  expect([reproduced, changedSince(result.method) !== null]).toEqual([false, true]);
  expect([result.fit, result.runIds]).toEqual([saved!.result.fit, saved!.run_ids]);
  expect(since).toMatchObject({ arrived: 0, gone: 0 });
  const [{ slug }] = await sql<[{ slug: string }]>`
    select p.slug from projects p join fits f on f.project_id = p.id where f.id = ${expected.fitId}`;
  const anew = await api.fit.save.mutate({
    team: "team",
    fit: { project: slug, name: "anew", settings: result.settings },
  });
  const fitted = (await api.fit.get.query({ team: "team", id: anew.id })).result;
  const exponents = ({ fit }: typeof result) => (fit?.kind === "lr" ? fit.regression.coefficients : []);
  for (const [i, c] of exponents(result).entries()) {
    expect(exponents(fitted)[i]!.value).toBeCloseTo(c.value, 10);
    expect(exponents(fitted)[i]!.seIndependent).toBeCloseTo(c.se, 10);
  }
  await sql.end();
});

test("the jobs that were interrupted go on, with the checkpoint or from the beginning, and finish", async () => {
  const sql = await database(dataDir);
  const ids = expected.runs.filter((r) => r.sweepId && r.state === "running").map((r) => String(r.id));
  expect(ids).toHaveLength(2);
  const ended = () => sql`select * from runs where id = any(${ids}::uuid[]) and state not in ('queued', 'running')`;
  await until("both have ended", 240, async () => (await ended()).length === 2);
  for (const row of await ended()) {
    expect([row.state, row.error, Number.isFinite(row.final_loss)]).toEqual(["finished", null, true]);
    const steps = (await pointsOf(row.id)).length;
    expect(steps).toBeGreaterThan(0);
  }
  const jobs =
    await sql`select attempts from jobs where id in (select job_id from runs where id = any(${ids}::uuid[]))`;
  for (const job of jobs) expect(job.attempts).toBeLessThanOrEqual(1);
  await sql.end();
});

test("a database of a newer version is refused by server and commands, in one line", async () => {
  await etalon.stop();
  const first = await start({ dataDir, flags: ["--no-worker", "--no-quickstart"] });
  const sql = await database(dataDir);
  await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', 99999999999999)`;
  const refusal = expect.stringMatching(/^etalon: the database is of a newer version of Etalon; .*\n$/);
  const command = await run(dataDir, ["key", "list"]);
  expect([command.code, command.stderr]).toEqual([1, refusal]);
  const backup = await run(dataDir, ["backup", `${folder}/newer`]);
  expect([backup.code, backup.stderr]).toEqual([1, refusal]);
  await sql.end();
  await first.stop();
  await expect(start({ dataDir, flags: ["--no-worker"] })).rejects.toThrow("is of a newer version of Etalon");
});

test("commands beside a server of an earlier version say so, and a backup is of the schema that is there", async () => {
  const old = `${folder}/old`;
  expect((await run(old, ["restore", FIXTURE])).code).toBe(0);
  const server = await start({ dataDir: old, flags: ["--no-worker", "--no-quickstart"] });
  const sql = await database(old);
  const [last] = await sql`
    delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations) returning id`;
  expect(last).toBeDefined();
  const command = await run(old, ["key", "list"]);
  expect(command.stderr).toMatch(/^etalon: the database is of an earlier version of Etalon; .*\n$/);
  expect((await run(old, ["backup", `${folder}/earlier`])).code).toBe(0);
  const manifest = JSON.parse(await readFile(`${folder}/earlier/manifest.json`, "utf8"));
  const known = JSON.parse(await readFile(join(ROOT, "db/migrations/meta/_journal.json"), "utf8")).entries;
  expect(manifest.migrations).toEqual(known.slice(0, -1).map((e: { tag: string }) => e.tag));
  await sql.end();
  await server.stop();
  await killAll(old);
});
