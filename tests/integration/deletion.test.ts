// Deletion beside those who hold a run's rows at the same moment.
import { DrizzleQueryError } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { create, remove } from "@/server/http/native/runs";
import { deleteNext } from "@/server/services/deletion";
import { appendMetrics, columnsOf } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { compactRun, lockChunks } from "@/server/store";
import { call, keyWith, product } from "./product";

const p = product();
let key: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write");
  await createProject(p.alice, { name: "Deletions", slug: "deletions" });
});

async function compactedRun(): Promise<string> {
  const { id } = (await call(create, { key, body: { project: "deletions" } })).body;
  const series = [{ metric: "t", steps: [1], values: [1] }];
  await appendMetrics(p.alice, { runId: id, batch: columnsOf({ writer: "w", seq: 0, series }) });
  await compactRun(p.alice.sql, id);
  return id;
}

test("waits for who rewrites the run's chunks", async () => {
  const { sql } = p.alice;
  const id = await compactedRun();
  const chunks = async () => (await sql`select 1 from metric_chunks where run_id = ${id}`).length;
  await call(remove, { key, id });
  let deleting = Promise.resolve(true);
  await sql.begin(async (tx) => {
    await lockChunks(tx, id);
    deleting = deleteNext(p.alice);
    await expect.poll(() => waitsForLock(sql)).toBe(true);
    expect(await chunks()).toBe(1);
  });
  await deleting;
  expect(await chunks()).toBe(0);
});

test("comes again after a deadlock", async () => {
  const { sql } = p.alice;
  const id = await compactedRun();
  await call(remove, { key, id });
  let deleting = Promise.resolve(true);
  await sql.begin(async (tx) => {
    await tx`select from metric_chunks where run_id = ${id} for update`;
    deleting = deleteNext(p.alice);
    deleting.catch(() => {});
    await expect.poll(() => waitsForLock(sql)).toBe(true);
    await lockChunks(tx, id);
  });
  await expect(deleting).rejects.toMatchObject({ code: "40P01" });
  expect((await p.alice.api.deletion.list({ team: p.alice.team }))[0]).toMatchObject({ state: "running" });
  expect(await deleteNext(p.alice)).toBe(true);
  expect((await p.alice.api.deletion.list({ team: p.alice.team }))[0]).toMatchObject({ state: "finished", done: 1 });
});

test("goes on after the database was away, however the driver's error is wrapped", async () => {
  const { db, sql } = p.alice;
  const id = await compactedRun();
  await call(remove, { key, id });
  const gone = Object.assign(new Error("terminating connection due to administrator command"), { code: "57P01" });
  const away = new Proxy(db, {
    get: (target, name) => {
      if (name === "update") throw new DrizzleQueryError("update ...", [], gone);
      return Reflect.get(target, name);
    },
  });
  await expect(deleteNext({ sql, db: away })).rejects.toThrow("Failed query");
  expect((await p.alice.api.deletion.list({ team: p.alice.team }))[0]).toMatchObject({ state: "running" });
  expect(await deleteNext(p.alice)).toBe(true);
  expect((await p.alice.api.deletion.list({ team: p.alice.team }))[0]).toMatchObject({ state: "finished" });
});

async function waitsForLock(sql: typeof p.alice.sql): Promise<boolean> {
  const [row] = await sql<{ waits: boolean }[]>`
    select exists (select from pg_locks where not granted and database = (
      select oid from pg_database where datname = current_database())) or exists (
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waits`;
  return row!.waits;
}
