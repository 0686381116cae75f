// The agent as it is, against the server's adapters and a real database, with a trainer that does as it is told.
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blobParts, checkpoints, jobs, runs, sweeps } from "@/db/schema";
import { deleteNext, deleteRun } from "@/server/services/deletion";
import { stopRun } from "@/server/services/run";
import { listWorkers } from "@/server/services/worker";
import { readPoints } from "@/server/store";
import { Agent } from "@/workers/agent";
import { keyWith, product, sweepIn } from "./product";
import { served } from "./served";

const p = product();
const FAKE = resolve(import.meta.dirname, "fake-trainer.mjs");
let folder: string;
let said: string[];
let running: { agent: Agent; done: Promise<void> }[];
let server: Awaited<ReturnType<typeof served>>;
let answer: (method: string, path: string) => Promise<number | null>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-agent-"));
  await copyFile(FAKE, join(folder, "trainer.mjs"));
  await chmod(join(folder, "trainer.mjs"), 0o755);
  [said, running] = [[], []];
  answer = async () => null;
  server = await served((method, path) => answer(method, path));
  await p.alice.db.update(jobs).set({ state: "canceled" });
  await p.alice.db.update(sweeps).set({ state: "canceled" });
});
afterEach(async () => {
  for (const { agent } of running) agent.stop(100);
  await Promise.all(running.map((r) => r.done));
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const plan = (what: Record<string, unknown>) => writeFile(join(folder, "plan.json"), JSON.stringify(what));
const go = (name: string) => writeFile(join(folder, name), "");
const lines = async (name: string) => (await readFile(join(folder, name), "utf8")).trim().split("\n");

async function worker(options: { slots?: number; name?: string; cache?: string } = {}) {
  const agent = new Agent({
    server: server.url,
    key: await keyWith(p.alice, "work"),
    slots: options.slots ?? 1,
    name: options.name ?? "agent",
    binary: join(folder, "trainer.mjs"),
    cache: options.cache ?? join(folder, "cache"),
    log: (line) => said.push(line),
  });
  const started = { agent, done: agent.run() };
  running.push(started);
  return started;
}

async function sweep(part: Record<string, unknown> = {}) {
  const one = { batches: [{ batchSeqs: 8, learningRates: [0.004] }], ...part };
  return (await sweepIn(p.alice, one)).sweepId;
}
const jobsOf = (sweepId: string) =>
  p.alice.db.select().from(jobs).where(eq(jobs.sweepId, sweepId)).orderBy(jobs.position);
const runsOf = (sweepId: string) =>
  p.alice.db.select().from(runs).where(eq(runs.sweepId, sweepId)).orderBy(runs.tokens);
const until = (what: () => Promise<unknown>) => expect.poll(what, { timeout: 30_000, interval: 50 });
const states = async (sweepId: string) => (await jobsOf(sweepId)).map((j) => [j.state, j.attempts, j.leases]);
const stepsOf = async (run: { id: string; projectId: string }) => {
  const [metric] = await p.alice
    .sql`select id from metrics where project_id = ${run.projectId} and name = 'train/loss'`;
  return [...(await readPoints(p.alice.sql, [{ runId: run.id, metricId: metric!.id }], {})).get(run.id)!.steps];
};

/** A checkpoint as an earlier lease left it. */
async function leaveCheckpoint(sweepId: string): Promise<void> {
  const [job] = await jobsOf(sweepId);
  const blobId = crypto.randomUUID();
  await p.alice.db.insert(checkpoints).values({ jobId: job!.id, blobId, bytes: 4 });
  await p.alice.db.insert(blobParts).values({ blobId, part: 0, data: Buffer.from("left") });
}

test("trains a job from its lease to its end", async () => {
  const sweepId = await sweep();
  await worker();
  await until(() => states(sweepId)).toEqual([["finished", 0, 1]]);
  for (const run of await runsOf(sweepId)) {
    expect(run).toMatchObject({ state: "finished", finalLoss: 2, data: "sotu" });
    expect(await stepsOf(run)).toEqual([1, run.tokens! / 512]);
  }
});

describe("a checkpoint that cannot be used", () => {
  test.each([
    ["of another version", { onResume: "refuse", resumeCode: 3 }],
    ["of another config", { onResume: "refuse", resumeCode: 2 }],
    ["that the trainer falls over", { onResume: "crash" }],
  ])("%s costs a start from the beginning and no attempt", async (_what, what) => {
    await plan(what);
    const sweepId = await sweep();
    await leaveCheckpoint(sweepId);
    await worker();
    await until(() => states(sweepId)).toEqual([["finished", 0, 1]]);
    expect((await lines("calls")).filter((c) => c.startsWith("train")).map((c) => c.includes("--resume"))).toEqual([
      true,
      false,
    ]);
    for (const run of await runsOf(sweepId)) expect(await stepsOf(run)).toEqual([1, run.tokens! / 512]);
  });

  test("that is usable is used; a trainer that cannot go on either way fails the job once", async () => {
    await plan({ failCode: 2, stderr: ["config error: model.heads"] });
    const sweepId = await sweep();
    await worker();
    await until(() => states(sweepId)).toEqual([["failed", 1, 1]]);
    expect((await jobsOf(sweepId))[0]!.error).toBe("the trainer ended with exit code 2\nconfig error: model.heads");
  });

  test("that is of a later step than its event is not sent: points of that step may be missing", async () => {
    const sent: string[] = [];
    answer = async (method, path) => {
      if (method === "PUT") sent.push(path.split("/")[4]!);
      return null;
    };
    await plan({ checkpoints: [{ step: 2, written: 3 }] });
    const skipped = await sweep();
    await worker();
    await until(() => states(skipped)).toEqual([["finished", 0, 1]]);
    expect(sent).toEqual([]);
    await plan({ checkpoints: [{ step: 2, written: 2 }], checkpointPauseMs: 300 });
    const kept = await sweep();
    await until(() => states(kept)).toEqual([["finished", 0, 1]]);
    expect(sent).toEqual([(await jobsOf(kept))[0]!.id]);
  });
});

describe("one run of a trunk", () => {
  test.each(["deleted", "canceled"])("that is %s while it trains leaves the others their results", async (how) => {
    await plan({ holdTrain: true, checkpoints: [{ step: 1, written: 1 }] });
    const sweepId = await sweep();
    await worker();
    await until(async () => (await p.alice.db.select().from(checkpoints)).length).toBe(1);
    const [short, long] = await runsOf(sweepId);
    if (how === "canceled") await stopRun(p.alice, { id: short!.id });
    else {
      await deleteRun(p.alice, { runId: short!.id });
      while (await deleteNext(p.alice));
    }
    await go("go-train");
    await until(() => states(sweepId)).toEqual([["finished", 0, 1]]);
    expect((await runsOf(sweepId)).find((r) => r.id === long!.id)).toMatchObject({ state: "finished", finalLoss: 2 });
  });

  test("deleted before the lease is still a branch of the trunk that is trained", async () => {
    const sweepId = await sweep();
    const [short] = await runsOf(sweepId);
    await deleteRun(p.alice, { runId: short!.id });
    while (await deleteNext(p.alice));
    await worker();
    await until(() => states(sweepId)).toEqual([["finished", 0, 1]]);
    const [long] = await runsOf(sweepId);
    expect(long!.provenance).toMatchObject({ resolvedConfig: { tokens: [131_072, 262_144] } });
  });
});

test("any number of log lines, with any characters, go to the server and hold nothing up", async () => {
  await plan({ stderr: [...Array.from({ length: 4_500 }, (_, i) => `line ${i}`), "nul \u0000 here"] });
  const sweepId = await sweep();
  await worker();
  await until(() => states(sweepId)).toEqual([["finished", 0, 1]]);
  const [run] = await runsOf(sweepId);
  const [stored] = await p.alice.sql`select count(*)::int as n, max(text) filter (where text like 'nul%') as nul
    from run_logs where run_id = ${run!.id}`;
  expect([stored!.n, stored!.nul]).toEqual([4_502, "nul \uFFFD here"]);
});

test("batches and logs that the server refuses for good do not keep results from it", async () => {
  await plan({ stderr: ["a line"] });
  answer = async (_method, path) => (/\/(metrics|logs)$/.test(path) ? 422 : null);
  const sweepId = await sweep();
  await worker();
  await until(() => states(sweepId)).toEqual([["finished", 0, 1]]);
  for (const run of await runsOf(sweepId)) expect(run).toMatchObject({ state: "finished", finalLoss: 2 });
  expect(said.join("\n")).toContain("refused");
});

test("a worker without room on its disk gives its job back, which costs no attempt", async () => {
  await plan({ failCode: 3, stderr: ["data error: checkpoint /tmp/x cannot be written: No space left on device"] });
  const sweepId = await sweep();
  await worker();
  await until(() => states(sweepId)).toEqual([["queued", 0, 1]]);
  expect(said.join("\n")).toContain("given back");
});

test("neither the key nor a secret of the server is in a trainer's environment or arguments", async () => {
  process.env.ETALON_KEY = "etl_secret";
  const sweepId = await sweep();
  await worker();
  await until(() => states(sweepId)).toEqual([["finished", 0, 1]]);
  delete process.env.ETALON_KEY;
  const environments = await lines("environment");
  expect(environments.length).toBeGreaterThan(5);
  for (const text of environments) {
    const names = Object.keys(JSON.parse(text));
    expect(names).toContain("PATH");
    expect(names.filter((n) => /KEY|SECRET|DATABASE|AUTH/.test(n))).toEqual([]);
  }
  expect((await lines("calls")).join("\n")).not.toContain("etl_");
});

describe("a folder of texts", () => {
  async function texts() {
    const source = join(folder, "texts");
    await mkdir(source);
    await writeFile(join(source, "a.txt"), "first");
    return source;
  }
  const prepared = async (source: string) =>
    (await lines("calls")).filter((c) => c.startsWith("data prepare") && c.endsWith(source)).length;

  test("is prepared once for all slots and agents; one that changed is prepared anew and its runs are told apart", async () => {
    const source = await texts();
    const data = { data: { source } };
    const four = {
      ...data,
      tokens: [131_072],
      batches: [{ batchSeqs: 8, learningRates: [0.001, 0.002, 0.004, 0.008] }],
    };
    const before = await sweep(four);
    await worker({ slots: 4 });
    await until(async () => (await states(before)).every(([s]) => s === "finished")).toBe(true);
    expect(await prepared(source)).toBe(1);
    await appendFile(join(source, "a.txt"), " and more");
    const after = await sweep(four);
    await until(async () => (await states(after)).every(([s]) => s === "finished")).toBe(true);
    expect(await prepared(source)).toBe(2);
    const labels = async (id: string) => [...new Set((await runsOf(id)).map((r) => r.data))];
    const [[one, ...none], [other, ...no]] = [await labels(before), await labels(after)];
    expect([none, no]).toEqual([[], []]);
    expect(one).toMatch(new RegExp(`^${source}@[0-9a-f]{16}$`));
    expect(other).toMatch(new RegExp(`^${source}@[0-9a-f]{16}$`));
    expect(other).not.toBe(one);
  });

  test("that takes long to prepare costs neither the lease nor, at the end of the agent, an attempt", async () => {
    await plan({ holdPrepare: true });
    const source = await texts();
    const sweepId = await sweep({ data: { source } });
    const { agent, done } = await worker();
    await until(() => prepared(source).catch(() => 0)).toBe(1);
    await p.alice.db.update(jobs).set({ leaseExpiresAt: sql`now() + interval '10 seconds'` });
    await until(async () => (await jobsOf(sweepId))[0]!.leaseExpiresAt!.getTime() > Date.now() + 30_000).toBe(true);
    agent.stop();
    await done;
    expect(await states(sweepId)).toEqual([["queued", 0, 1]]);
  });
});

test("an agent that ends while the server is away costs no attempt: the next one gives its lease back", async () => {
  await plan({ holdTrain: true });
  const sweepId = await sweep();
  const { agent, done } = await worker();
  await until(async () => (await runsOf(sweepId))[0]!.state).toBe("running");
  await until(async () => (await lines("calls")).some((c) => c.startsWith("train"))).toBe(true);
  answer = async () => 503;
  agent.stop(200);
  await done;
  expect(said.join("\n")).toContain("not given back");
  expect(await states(sweepId)).toEqual([["running", 0, 1]]);
  answer = async () => null;
  await go("go-train");
  await worker();
  await until(() => states(sweepId)).toEqual([["finished", 0, 2]]);
});

test("two living agents of one name are two workers; one that starts again is itself", async () => {
  const [first] = [await worker({ name: "same" })];
  const second = await worker({ name: "same", cache: join(folder, "another") });
  const named = async () => (await listWorkers(p.alice)).filter((w) => w.name === "same");
  await until(async () => (await named()).filter((w) => w.online).length).toBe(2);
  for (const { agent, done } of [first!, second]) {
    agent.stop();
    await done;
  }
  await worker({ name: "same" });
  await until(async () => (await named()).filter((w) => w.online).length).toBe(1);
  expect(await named()).toHaveLength(2);
});
