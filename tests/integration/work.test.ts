import { expect, test } from "vitest";
import { checkpointParts, checkpoints, jobs } from "@/db/schema";
import { fail, finishWork, lease, loadCheckpoint, release, saveCheckpoint } from "@/server/http/work";
import { dropEndedCheckpoints } from "@/server/services/checkpoint";
import { announce, type LiveEvent, subscribe } from "@/server/services/event";
import { setSweepState } from "@/server/services/sweep";
import { call, keyWith, product, sweepIn, workerOf } from "./product";

const p = product();
/** Jobs that have a checkpoint, and uploads of which parts are stored. */
const kept = async () => (await p.alice.db.select({ id: checkpoints.jobId }).from(checkpoints)).map((c) => c.id);
const uploads = async () =>
  (await p.alice.db.selectDistinct({ id: checkpointParts.uploadId }).from(checkpointParts)).length;

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
  const request = new Request("http://etalon.test/", { headers: { authorization: `Bearer ${key}` } });
  const response = await loadCheckpoint(request, { params: Promise.resolve({ id: job.id }) });
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
  const init = { method: "PUT", body: broken, duplex: "half", headers: { authorization: `Bearer ${key}` } };
  const request = new Request(`http://etalon.test/?lease=${job.leaseId}`, init);
  expect((await saveCheckpoint(request, { params: Promise.resolve({ id: job.id }) })).status).toBe(500);
  expect((await call(loadCheckpoint, { key, id: job.id })).text).toBe("whole");
  expect([await kept(), await uploads()]).toEqual([[job.id], 1]);
  await call(finishWork, { key, id: job.id, body: { leaseId: job.leaseId } });
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
  expect(await dropEndedCheckpoints(p.alice)).toBe(2);
  expect([await kept(), await uploads()]).toEqual([[running.job.id], 1]);
});

test("what changes is announced to its team alone", async () => {
  const heard: LiveEvent[] = [];
  const elsewhere: LiveEvent[] = [];
  const stop = [
    await subscribe(p.alice.teamId, (e) => heard.push(e)),
    await subscribe(p.mallory.teamId, (e) => elsewhere.push(e)),
  ];
  const { sweepId } = await sweepIn(p.alice);
  await expect.poll(() => heard.map((e) => [e.kind, e.id])).toContainEqual(["sweep", sweepId]);
  expect(elsewhere).toEqual([]);
  for (const end of stop) end();
  const before = heard.length;
  await announce(p.alice.db, [{ teamId: p.alice.teamId, projectId: null, kind: "worker", id: "x" }]);
  await new Promise((done) => setTimeout(done, 200));
  expect(heard).toHaveLength(before);
});

test("an announcement inside a transaction that fails is not made", async () => {
  const heard: string[] = [];
  const stop = await subscribe(p.alice.teamId, (e) => heard.push(e.id));
  const event = (id: string) => ({ teamId: p.alice.teamId, projectId: null, kind: "worker" as const, id });
  const failing = p.alice.db.transaction(async (tx) => {
    await announce(tx, [event("never")]);
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  await announce(p.alice.db, [event("heard")]);
  await expect.poll(() => heard).toEqual(["heard"]);
  stop();
});
