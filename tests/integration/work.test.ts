import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { blobParts, checkpoints, jobs } from "@/db/schema";
import { announce, subscribe, type TeamEvent } from "@/server/event";
import { logs } from "@/server/http/native/logs";
import { append } from "@/server/http/native/metrics";
import { create, finish, heartbeat as heartbeatOfRun } from "@/server/http/native/runs";
import { fail, finishWork, lease, loadCheckpoint, release, saveCheckpoint } from "@/server/http/native/work";
import { adoptCheckpointFiles } from "@/server/services/checkpoint";
import { forgetEndedCheckpoints } from "@/server/services/checkpoint/internal";
import { setSweepState } from "@/server/services/sweep";
import { registerWorker, stopWorker } from "@/server/services/worker";
import { inTransaction } from "@/server/transaction";
import { ask, call, keyWith, product, sweepIn, workerOf } from "./product";

const p = product();
/** Jobs that have a checkpoint, and uploads of which parts are stored. */
const kept = async () => (await p.alice.db.select({ id: checkpoints.jobId }).from(checkpoints)).map((c) => c.id);
const uploads = async () => (await p.alice.db.selectDistinct({ id: blobParts.blobId }).from(blobParts)).length;

/** The next job in the queue, leased over HTTP. */
async function leasedJob() {
  const key = await keyWith(p.alice, "work");
  const workerId = await workerOf(p.alice);
  const take = async () => (await call(lease, { key, id: workerId })).body.job;
  const job = await take();
  const save = (leaseId: string, raw: BodyInit) =>
    call(saveCheckpoint, { key, id: job.id, query: `?lease=${leaseId}`, raw });
  return { key, job, take, save };
}

test("a checkpoint travels from one lease to the next, byte for byte, and ends with the job", async () => {
  await sweepIn(p.alice);
  const { key, job, take, save } = await leasedJob();
  expect(job.hasCheckpoint).toBe(false);
  expect((await call(loadCheckpoint, { key, id: job.id })).status).toBe(404);
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  expect((await save(job.leaseId, bytes)).body).toEqual({ bytes: 60_000 });
  expect((await save(job.leaseId, bytes.subarray(1))).body).toEqual({ bytes: 59_999 });
  await call(release, { key, id: job.id, body: { leaseId: job.leaseId } });
  const next = await take();
  expect([next.id, next.hasCheckpoint, next.attempt]).toEqual([job.id, true, job.attempt + 1]);
  const response = await ask(loadCheckpoint, { key, id: job.id });
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes.subarray(1));
  expect((await save(job.leaseId, bytes)).status).toBe(409); // the lease of before
  expect((await call(finishWork, { key, id: job.id, body: { leaseId: next.leaseId } })).status).toBe(204);
  expect([await kept(), await uploads()]).toEqual([[], 0]);
});

test("a checkpoint that breaks off leaves the one before", async () => {
  await sweepIn(p.alice);
  const { key, job, save } = await leasedJob();
  await save(job.leaseId, "whole");
  const broken = new ReadableStream({
    start: (c) => c.enqueue(new TextEncoder().encode("half")),
    pull: (c) => c.error(new Error("the connection was lost")),
  });
  expect((await save(job.leaseId, broken)).status).toBe(500);
  expect((await call(loadCheckpoint, { key, id: job.id })).text).toBe("whole");
  expect([await kept(), await uploads()]).toEqual([[job.id], 1]);
  await call(finishWork, { key, id: job.id, body: { leaseId: job.leaseId } });
});

test("an upload that ends after the lease moved on replaces nothing", async () => {
  await p.alice.db.update(jobs).set({ state: "canceled" });
  await sweepIn(p.alice);
  const { key, job, take, save } = await leasedJob();
  let end = () => {};
  const slow = new ReadableStream({
    start: (c) => {
      c.enqueue(new Uint8Array(2_000_000));
      end = () => c.close();
    },
  });
  const late = save(job.leaseId, slow);
  await expect.poll(uploads).toBeGreaterThan(0);
  await call(release, { key, id: job.id, body: { leaseId: job.leaseId } });
  const next = await take();
  expect(next.id).toBe(job.id);
  expect((await save(next.leaseId, "newer")).status).toBe(200);
  end();
  expect((await late).status).toBe(409);
  expect((await call(loadCheckpoint, { key, id: job.id })).text).toBe("newer");
  expect(await uploads()).toBe(1);
  await call(finishWork, { key, id: job.id, body: { leaseId: next.leaseId } });
});

test("files that versions before kept are taken into the database, of open jobs and where there is none", async () => {
  await p.alice.db.update(jobs).set({ state: "canceled" });
  await sweepIn(p.alice);
  const [old, known] = [await leasedJob(), await leasedJob()];
  await known.save(known.job.leaseId, "newer");
  const [ended] = await p.alice.db.select().from(jobs).where(eq(jobs.state, "canceled")).limit(1);
  const dataDir = await mkdtemp(join(tmpdir(), "etalon-files-"));
  const folder = join(dataDir, "checkpoints");
  await mkdir(folder);
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(65_000)));
  for (const id of [old.job.id, known.job.id, ended!.id]) await writeFile(join(folder, `${id}.ckpt`), bytes);
  await writeFile(join(folder, `${old.job.id}.ckpt.x.part`), "half");
  expect(await adoptCheckpointFiles(p.alice, dataDir)).toBe(1);
  expect(await readdir(dataDir)).toEqual([]);
  expect(await adoptCheckpointFiles(p.alice, dataDir)).toBe(0);
  await rm(dataDir, { recursive: true });
  const response = await ask(loadCheckpoint, { key: old.key, id: old.job.id });
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  expect((await call(loadCheckpoint, { key: known.key, id: known.job.id })).text).toBe("newer");
  for (const { key, job } of [old, known]) await call(finishWork, { key, id: job.id, body: { leaseId: job.leaseId } });
});

test("a key of scope work writes to runs of jobs that it leased and to no other", async () => {
  await p.alice.db.update(jobs).set({ state: "canceled" });
  const { slug } = await sweepIn(p.alice);
  const { key, job } = await leasedJob();
  const writer = await keyWith(p.alice, "write");
  const foreign = (await call(create, { key: writer, body: { project: slug } })).body.id;
  const other = await keyWith(p.alice, "work");
  const series = [{ metric: "m", steps: [1], values: [1] }];
  const send = async (who: string, id: string, seq: number) => [
    (await call(append, { key: who, id, body: { writer: "w", seq, series } })).status,
    (await call(logs, { key: who, id, body: { lines: [{ line: 1, text: "x" }] } })).status,
    (await call(heartbeatOfRun, { key: who, id })).status,
  ];
  const own = job.runs[0].id;
  expect(await send(key, own, 0)).toEqual([200, 200, 200]);
  expect(await send(key, foreign, 0)).toEqual([403, 403, 403]);
  expect(await send(other, own, 1)).toEqual([403, 403, 403]);
  expect(await send(writer, foreign, 1)).toEqual([200, 200, 200]);
  const result = { state: "finished", finalLoss: 1 };
  expect((await call(finish, { key, id: foreign, body: result })).body.error.message).toContain("jobs that it leased");
  expect((await call(finish, { key, id: own, body: result })).body).toEqual({ state: "finished", changed: true });
  await call(finishWork, { key, id: job.id, body: { leaseId: job.leaseId } });
});

test("a worker of an instance that lives is another; one that stopped or fell silent is taken up again", async () => {
  const about = { name: "w", host: "h", slots: 1, device: "cpu", isa: "x", trainerVersion: "1", tokensPerS: {} };
  const enter = async (instance?: string) => (await registerWorker(p.alice, { ...about, instance })).workerId;
  const [a, b, c] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  const [first, second] = await Promise.all([enter(a), enter(b)]);
  expect(first).not.toBe(second);
  expect([await enter(a), await enter(b)]).toEqual([first, second]);
  await stopWorker(p.alice, { workerId: first! });
  expect(await enter(c)).toBe(first);
  await p.alice.sql`update workers set last_seen_at = now() - interval '1 minute' where id = ${second!}`;
  expect(await enter()).toBe(first); // an agent of a version before, which names none
  expect(await enter(a)).toBe(second);
});

test("a checkpoint that an earlier version's agent cannot go on from costs a start from the beginning", async () => {
  await p.alice.db.update(jobs).set({ state: "canceled" });
  await sweepIn(p.alice, { batches: [{ batchSeqs: 8, learningRates: [0.004] }] });
  const { key, job, take, save } = await leasedJob();
  await save(job.leaseId, "of another version");
  await call(release, { key, id: job.id, body: { leaseId: job.leaseId } });
  const refuse = (leaseId: string) =>
    call(fail, { key, id: job.id, body: { leaseId, reason: "exit code 3", stderr: "", retry: false } });
  await refuse((await take()).leaseId);
  const again = await take();
  expect([again.id, again.hasCheckpoint, again.attempt]).toEqual([job.id, false, job.attempt + 2]);
  await refuse(again.leaseId);
  expect(await take()).toBeNull();
  expect((await p.alice.db.select().from(jobs).where(eq(jobs.id, job.id)))[0]).toMatchObject({
    state: "failed",
    attempts: 1,
  });
});

test("a job that failed for good, or was canceled, leaves no checkpoint behind", async () => {
  await p.alice.db.update(jobs).set({ state: "canceled" });
  const { sweepId } = await sweepIn(p.alice);
  const first = await leasedJob();
  await first.save(first.job.leaseId, "x");
  const body = { leaseId: first.job.leaseId, reason: "exit code 2", stderr: "", retry: false };
  expect((await call(fail, { key: first.key, id: first.job.id, body })).status).toBe(204);
  const second = await leasedJob();
  await second.save(second.job.leaseId, "y");
  await setSweepState(p.alice, { id: sweepId, to: "canceled" });
  await sweepIn(p.alice);
  expect((await second.save(second.job.leaseId, "z")).status).toBe(409);
  const running = await leasedJob();
  await running.save(running.job.leaseId, "kept");
  expect(await forgetEndedCheckpoints(p.alice)).toBe(2);
  expect([await kept(), await uploads()]).toEqual([[running.job.id], 1]);
});

test("what changes is announced to its team alone", async () => {
  const heard: TeamEvent[] = [];
  const elsewhere: TeamEvent[] = [];
  const stop = [
    await subscribe(p.alice.teamId, (e) => e && heard.push(e)),
    await subscribe(p.mallory.teamId, (e) => e && elsewhere.push(e)),
  ];
  const { sweepId } = await sweepIn(p.alice);
  await expect.poll(() => heard.map((e) => [e.kind, e.id])).toContainEqual(["sweep", sweepId]);
  expect(elsewhere).toEqual([]);
  for (const end of stop) end();
  const before = heard.length;
  await announce(p.alice, [{ projectId: null, kind: "worker", id: "x" }]);
  await new Promise((done) => setTimeout(done, 200));
  expect(heard).toHaveLength(before);
});

test("an announcement inside a transaction that fails is not made", async () => {
  const heard: string[] = [];
  const stop = await subscribe(p.alice.teamId, (e) => e && heard.push(e.id));
  const event = (id: string) => ({ projectId: null, kind: "worker" as const, id });
  const failing = inTransaction(p.alice, async (ctx) => {
    await announce(ctx, [event("never")]);
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  await announce(p.alice, [event("heard")]);
  await expect.poll(() => heard).toEqual(["heard"]);
  stop();
});
