import { beforeAll, expect, test } from "vitest";
import { append } from "@/server/http/native/metrics";
import { create, get, heartbeat } from "@/server/http/native/runs";
import { LeaseKeeper } from "@/server/services/job/keep-leases";
import { createProject } from "@/server/services/project";
import { call, keyWith, product } from "./product";

const p = product();
let key: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write", "read");
  await createProject(p.alice, { name: "Silent", slug: "silent" });
});

const newRun = async (): Promise<string> => (await call(create, { key, body: { project: "silent" } })).body.id;
const read = async (id: string) => (await call(get, { key, id })).body;
const age = (id: string) => p.alice.sql`
  update runs set created_at = now() - interval '2 days', started_at = now() - interval '2 days',
    updated_at = now() - interval '2 days', last_seen_at = now() - interval '31 minutes' where id = ${id}`;

test("a run from which nothing came for half an hour is crashed, and data or a heartbeat bring it back", async () => {
  const [silent, beating, fresh] = [await newRun(), await newRun(), await newRun()];
  for (const id of [silent, beating]) await age(id);
  let clock = Date.now() - 3_600_000;
  const keeper = new LeaseKeeper(p.alice, async () => clock);
  await keeper.pass(); // a start: nobody could be heard before
  clock += 10_000;
  await keeper.pass();
  expect(await read(silent)).toMatchObject({ state: "crashed", error: expect.stringContaining("no sign of life") });
  expect((await read(silent)).finishedAt).not.toBeNull();
  expect((await read(fresh)).state).toBe("running");
  await call(append, {
    key,
    id: silent,
    body: { writer: "w", seq: 0, series: [{ metric: "m", steps: [1], values: [1] }] },
  });
  await call(heartbeat, { key, id: beating, body: {} });
  for (const id of [silent, beating]) {
    expect(await read(id)).toMatchObject({ state: "running", error: null, finishedAt: null });
  }
});

test("after a start or an outage of the server nobody is taken for dead whom it could not hear", async () => {
  const id = await newRun();
  await age(id);
  const keeper = new LeaseKeeper(p.alice);
  await keeper.pass();
  await keeper.pass();
  expect((await read(id)).state).toBe("running");
});
