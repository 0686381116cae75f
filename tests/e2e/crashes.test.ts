import { readFile } from "node:fs/promises";
import type postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "@/os/net";
import { readPoints, readSummaries } from "@/server/store";
import { type Api, queue, signIn } from "./api";
import {
  agent,
  run as command,
  database,
  type Etalon,
  isAgent,
  isTrainer,
  killAll,
  newKey,
  processesOf,
  remove,
  sleep,
  start,
  temporaryFolder,
  until,
} from "./etalon";

/** Processes killed without warning in the middle of a sweep: nothing acknowledged is lost, doubled or left running. */

const K = 1024;
let folder: string;
let dataDir: string;
let etalon: Etalon;
let api: Api;
let sql: postgres.Sql;

const trainers = async () => (await processesOf(dataDir)).filter(isTrainer);
const jobsOf = (sweepId: string) => sql`select * from jobs where sweep_id = ${sweepId} order by position`;
const runsOf = (sweepId: string) => sql`select * from runs where sweep_id = ${sweepId} order by tokens`;
const ended = (sweepId: string, seconds: number) =>
  until("the sweep has ended", seconds, async () => {
    const [open] =
      await sql`select count(*)::int as n from jobs where sweep_id = ${sweepId} and state in ('queued', 'running')`;
    return open!.n === 0;
  });
const pointsOf = async (sweepId: string) => {
  let n = 0;
  for (const run of await runsOf(sweepId)) {
    for (const summary of await readSummaries(sql, run.id)) n += summary.points;
  }
  return n;
};
/** All points of one metric of a run, as the product reads them. */
async function seriesOf(run: postgres.Row, metric: string) {
  const [known] = await sql`select id from metrics where project_id = ${run.project_id} and name = ${metric}`;
  const points = await readPoints(sql, [{ runId: run.id, metricId: known!.id }], { tokens: true });
  return points.get(run.id)!;
}
const leasesOf = async (sweepId: string): Promise<string[]> =>
  (await jobsOf(sweepId)).filter((j) => j.state === "running").map((j) => j.lease_id);
/** As if a minute without a heartbeat had passed; a lease that did end by itself meanwhile is not taken twice. */
const expireLeases = (leaseIds: string[]) =>
  sql`update jobs set lease_expires_at = now() - interval '1 second' where lease_id = any(${leaseIds}::uuid[])`;

/** Every run has its points from the first to its last token without a gap: one at least every 2,048 tokens. */
async function expectCompleteSeries(sweepId: string): Promise<void> {
  for (const run of await runsOf(sweepId)) {
    const { tokens } = await seriesOf(run, "train/loss");
    const gaps = Array.from(tokens!, (t, i) => t - (tokens![i - 1] ?? 0));
    expect([tokens!.at(-1), Math.max(...gaps)]).toEqual([run.tokens, 2_048]);
  }
}

/** The server's secrets stay with it, and the worker's key with the worker: neither is in a process list. */
async function expectNoSecrets(): Promise<void> {
  const key = (await readFile(`${dataDir}/worker-key`, "utf8")).trim();
  const [row] = await sql`select value from secrets`;
  const secret = row!.value as string;
  const below = (await processesOf(dataDir)).filter((p) => isAgent(p) || isTrainer(p));
  expect(below.filter(isTrainer).length).toBeGreaterThan(0);
  for (const process of below) {
    const environment = await readFile(`/proc/${process.pid}/environ`, "utf8");
    expect(process.command).not.toContain(key);
    expect(environment).not.toMatch(/AUTH_SECRET|DATABASE_URL|postgres:/);
    expect(environment).not.toContain(secret);
    if (isTrainer(process)) expect(environment).not.toContain(key);
  }
}

describe("the server", () => {
  beforeEach(async () => {
    folder = await temporaryFolder("etalon crashes ");
    dataDir = `${folder}/data`;
  });
  afterEach(async () => {
    await sql?.end({ timeout: 1 });
    await killAll(dataDir);
    await remove(folder);
  });

  test("killed in a sweep: its database and worker go on, and the next start takes them over", async () => {
    const port = await freePort();
    etalon = await start({ dataDir, port, flags: ["--no-quickstart"] });
    const { sweepId } = await queue(await signIn(etalon), {
      learningRates: [0.002, 0.004, 0.008, 0.016],
      tokens: [256 * K, 512 * K],
    });
    sql = await database(dataDir);
    await until("points arrive", 60, async () => (await pointsOf(sweepId)) > 500);
    await expectNoSecrets();
    await etalon.kill9();
    await sleep(3_000);
    expect((await processesOf(dataDir)).some(isAgent)).toBe(true);

    etalon = await start({ dataDir, port, flags: ["--no-quickstart"] });
    expect(etalon.stderr).toContain("taken over");
    expect((await processesOf(dataDir)).filter(isAgent)).toHaveLength(1);
    await ended(sweepId, 90);
    for (const job of await jobsOf(sweepId)) expect([job.state, job.attempts, job.leases]).toEqual(["finished", 0, 1]);
    for (const run of await runsOf(sweepId)) expect(run.state).toBe("finished");
    await expectCompleteSeries(sweepId);
    // Each run was one lease's work: its writer's numbers follow each other without a gap.
    const ledger = await sql`
      select (select count(*)::int - 1 - max(seq)::int from ingest_batches b where b.run_id = r.id) as gaps
      from runs r where r.sweep_id = ${sweepId}`;
    for (const row of ledger) expect(row.gaps).toBe(0);
    const exit = await etalon.stop();
    expect(exit.stopSeconds).toBeLessThan(10);
    expect(await processesOf(dataDir)).toEqual([]);
  });

  test("killed together with everything else, as in a power cut: the database recovers and the jobs are taken up", async () => {
    etalon = await start({ dataDir, flags: ["--no-quickstart"] });
    const { sweepId } = await queue(await signIn(etalon), {
      learningRates: [0.002, 0.004],
      tokens: [256 * K, 768 * K],
    });
    sql = await database(dataDir);
    const acknowledged = await until("points arrive", 60, async () => {
      const n = await pointsOf(sweepId);
      return n > 500 ? n : null;
    });
    const leases = await leasesOf(sweepId);
    expect(leases).toHaveLength(2);
    await sql.end({ timeout: 1 });
    await killAll(dataDir);
    await until("everything is dead", 10, async () => (await processesOf(dataDir)).length === 0);

    etalon = await start({ dataDir, flags: ["--no-quickstart"] });
    sql = await database(dataDir);
    expect(await pointsOf(sweepId)).toBeGreaterThanOrEqual(acknowledged);
    expect(new Set((await jobsOf(sweepId)).map((j) => j.state))).toEqual(new Set(["running"]));
    await expireLeases(leases);
    await ended(sweepId, 90);
    for (const job of await jobsOf(sweepId))
      expect([job.state, job.attempts], String(job.error)).toEqual(["finished", 1]);
    for (const run of await runsOf(sweepId)) expect(run.state).toBe("finished");
    await expectCompleteSeries(sweepId);
    await etalon.stop();
  });
});

describe("workers", () => {
  let key: string;
  const agents: Etalon[] = [];
  const worker = (name: string) => {
    const made = agent(dataDir, ["--server", etalon.url, "--key", key, "--slots", "1", "--name", name]);
    agents.push(made);
    return made;
  };

  beforeAll(async () => {
    folder = await temporaryFolder("etalon workers ");
    dataDir = `${folder}/data`;
    etalon = await start({ dataDir, flags: ["--no-quickstart", "--no-worker"] });
    api = await signIn(etalon);
    key = await newKey(dataDir, "work");
    sql = await database(dataDir);
  });
  afterEach(() => Promise.all(agents.splice(0).map((a) => a.child.exitCode === null && a.stop("SIGTERM"))));
  afterAll(async () => {
    await sql?.end({ timeout: 1 });
    await etalon?.stop();
    await killAll(dataDir);
    await remove(folder);
  });

  test("a diverging run ends as diverged, which is a result", async () => {
    const { project, sweepId } = await queue(api, { learningRates: [1e6], tokens: [128 * K] });
    worker("diverging");
    await ended(sweepId, 60);
    const [run] = await runsOf(sweepId);
    expect([run!.state, run!.diverged, run!.error]).toEqual(["finished", true, null]);
    expect(run!.final_loss).toBeNaN();
    const [listed] = await api.run.list.query({ team: "team", project, sweepId });
    expect(listed).toMatchObject({ state: "finished", diverged: true });
  });

  test("a killed trainer is started again; after the third time its job has failed, with the reason", async () => {
    const { sweepId } = await queue(api, { learningRates: [0.004], tokens: [8192 * K] });
    worker("unlucky");
    const killed = new Set<number>();
    await until("the job has failed", 90, async () => {
      for (const { pid } of await trainers()) {
        if (killed.has(pid)) continue;
        await sleep(400);
        process.kill(pid, "SIGKILL");
        killed.add(pid);
      }
      return (await jobsOf(sweepId))[0]!.state === "failed";
    });
    expect(killed.size).toBe(3);
    const [job] = await jobsOf(sweepId);
    expect([job!.attempts, job!.leases]).toEqual([3, 3]);
    const [run] = await runsOf(sweepId);
    expect(run!.state).toBe("failed");
    expect(run!.error).toBe("attempt 3 of 3: the trainer was killed by SIGKILL");
  });

  test("a killed agent takes its trainer with it; its job is finished by another once the lease has run out", async () => {
    const { sweepId } = await queue(api, { learningRates: [0.004], tokens: [512 * K, 2048 * K] });
    const first = worker("lost");
    await until("points arrive", 60, async () => (await pointsOf(sweepId)) > 200);
    const leases = await leasesOf(sweepId);
    await first.kill9();
    await until("its trainer has ended", 10, async () => (await trainers()).length === 0);
    worker("finder");
    await sleep(1_000);
    expect((await jobsOf(sweepId))[0]!.state).toBe("running");
    await expireLeases(leases);
    await ended(sweepId, 90);
    const [job] = await jobsOf(sweepId);
    expect([job!.state, job!.attempts, job!.leases]).toEqual(["finished", 1, 2]);
    for (const run of await runsOf(sweepId)) {
      expect(run.state).toBe("finished");
      expect(run.provenance.worker).toBe("finder");
    }
    await expectCompleteSeries(sweepId);
  });

  test("an agent that is told to end gives its job back, and another continues from the checkpoint, bit for bit", async () => {
    const axes = { learningRates: [0.004], tokens: [512 * K, 2048 * K] };
    const disturbed = await queue(api, axes);
    const first = worker("first");
    await until(
      "the first branch has ended",
      60,
      async () => (await runsOf(disturbed.sweepId))[0]!.state === "finished",
    );
    const exit = await first.stop("SIGTERM");
    expect([exit.code, exit.stopSeconds < 10]).toEqual([0, true]);
    expect(exit.stderr).toMatch(/given back/);
    expect((await jobsOf(disturbed.sweepId))[0]).toMatchObject({ state: "queued", attempts: 0 });
    const calm = await queue(api, axes);
    worker("second");
    await ended(disturbed.sweepId, 60);
    await ended(calm.sweepId, 60);
    const [, long] = await runsOf(disturbed.sweepId);
    expect(long!.provenance).toMatchObject({ worker: "second" });
    expect(long!.provenance.trainer.resumed_from.tokens).toBeGreaterThan(400 * K);
    const loss = (rows: postgres.RowList<postgres.Row[]>) => rows.map((r) => r.final_loss);
    expect(loss(await runsOf(disturbed.sweepId))).toEqual(loss(await runsOf(calm.sweepId)));
    const curve = async (sweepId: string) => {
      const curves = [];
      for (const run of await runsOf(sweepId)) {
        for (const metric of ["train/lr", "val/loss"]) {
          const { steps, values } = await seriesOf(run, metric);
          curves.push({ tokens: run.tokens, metric, steps: [...steps], values: [...values] });
        }
      }
      return curves;
    };
    expect(await curve(disturbed.sweepId)).toEqual(await curve(calm.sweepId));
  });

  /** A trunk whose first branch has ended, given back by its agent with a checkpoint. */
  async function givenBack() {
    const queued = await queue(api, { learningRates: [0.004], tokens: [512 * K, 2048 * K] });
    const first = worker("first");
    await until("the first branch has ended", 60, async () => (await runsOf(queued.sweepId))[0]!.state === "finished");
    await first.stop("SIGTERM");
    const [job] = await jobsOf(queued.sweepId);
    expect(job!.state).toBe("queued");
    expect(await sql`select from checkpoints where job_id = ${job!.id}`).toHaveLength(1);
    return { ...queued, jobId: job!.id as string };
  }

  test("a finished run that is deleted leaves its siblings their checkpoint", async () => {
    const { project, sweepId } = await givenBack();
    const [short] = await runsOf(sweepId);
    const what = { project, runIds: [short!.id as string] };
    const { confirm } = await api.deletion.preview.query({ team: "team", what });
    await api.deletion.start.mutate({ team: "team", what: { ...what, confirm } });
    await until("the run is deleted", 20, async () => (await runsOf(sweepId)).length === 1);
    worker("second");
    await ended(sweepId, 90);
    const [job] = await jobsOf(sweepId);
    expect([job!.state, job!.attempts], String(job!.error)).toEqual(["finished", 0]);
    const [long] = await runsOf(sweepId);
    expect(long!.state).toBe("finished");
    expect(long!.provenance.trainer.resumed_from.tokens).toBeGreaterThan(400 * K);
  });

  test("a damaged checkpoint costs a start from the beginning and no attempt", async () => {
    const { sweepId, jobId } = await givenBack();
    await sql`
      update blob_parts set data = set_byte(data, length(data) / 2, 255 - get_byte(data, length(data) / 2))
      where blob_id = (select blob_id from checkpoints where job_id = ${jobId}) and part = 0`;
    worker("third");
    await ended(sweepId, 90);
    const [job] = await jobsOf(sweepId);
    expect([job!.state, job!.attempts], String(job!.error)).toEqual(["finished", 0]);
    const [, long] = await runsOf(sweepId);
    expect([long!.state, long!.provenance.trainer.resumed_from]).toEqual(["finished", null]);
    await expectCompleteSeries(sweepId);
  });

  test("a job that cannot be trained fails with the reason; queued again by its id, once it can, it is trained", async () => {
    const { sweepId } = await queue(api, { learningRates: [0.004], tokens: [128 * K] });
    await sql`update runs set config = jsonb_set(config, '{data,source}', '"/no/such/folder"') where sweep_id = ${sweepId}`;
    worker("refused");
    await ended(sweepId, 60);
    const [run] = await runsOf(sweepId);
    expect(run!.state).toBe("failed");
    expect(run!.error).toContain('data.source: "/no/such/folder" is not a data set or a folder on this worker');
    await sql`update runs set config = jsonb_set(config, '{data,source}', '"sotu"') where sweep_id = ${sweepId}`;
    const [job] = await jobsOf(sweepId);
    expect((await command(dataDir, ["job", "list"])).stdout).toContain(`${job!.id}  failed  `);
    expect((await command(dataDir, ["job", "retry", job!.id])).stdout).toContain("with 1 of its runs");
    expect((await command(dataDir, ["job", "retry", job!.id])).stderr).toMatch(/is (queued|running)|has a result/);
    await ended(sweepId, 60);
    expect((await runsOf(sweepId))[0]).toMatchObject({ state: "finished", error: null });
  });
});
