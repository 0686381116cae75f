// A database that ends a connection within a transaction: an error to its caller, not the end of the process (an
// exception outside of promises fails this whole file).
import { setImmediate as turn } from "node:timers/promises";
import { sql as statement } from "drizzle-orm";
import { expect, test } from "vitest";
import { product } from "./product";

const p = product();
/** As the socket's end was seen: closed, reset under a write, or announced by the server. */
const LOSS = { code: expect.stringMatching(/^(CONNECTION_CLOSED|ECONNRESET|EPIPE|57P01)$/) };

/** Ends the backend and waits until it is gone. */
async function kill(pid: number): Promise<void> {
  const { sql } = p.alice;
  await sql`select pg_terminate_backend(${pid})`;
  await expect.poll(async () => (await sql`select from pg_stat_activity where pid = ${pid}`).length).toBe(0);
}

async function worksAgain(): Promise<void> {
  for (let i = 0; i < 4; i++) await turn();
  const answers = await Promise.all(Array.from({ length: 20 }, () => p.alice.sql.begin((tx) => tx`select 1 as one`)));
  expect(answers.flat()).toEqual(Array(20).fill({ one: 1 }));
}

test("while a statement runs", async () => {
  const { sql } = p.alice;
  let killing = Promise.resolve();
  const lost = sql.begin(async (tx) => {
    const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
    killing = kill(row!.pid);
    await tx`select pg_sleep(60)`;
  });
  await expect(lost).rejects.toMatchObject(LOSS);
  await killing;
  await worksAgain();
});

test("between statements, of which another follows", async () => {
  const { sql } = p.alice;
  const reached: string[] = [];
  const lost = sql.begin(async (tx) => {
    const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await kill(row!.pid);
    reached.push("killed");
    await tx`select 1`;
    reached.push("another statement");
  });
  await expect(lost).rejects.toMatchObject(LOSS);
  await expect.poll(() => reached).toContain("killed");
  await worksAgain();
  expect(reached).toEqual(["killed"]);
});

test("before the commit", async () => {
  const lost = p.alice.sql.begin(async (tx) => {
    const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await kill(row!.pid);
    return "done";
  });
  await expect(lost).rejects.toMatchObject(LOSS);
  await worksAgain();
});

test("within a transaction of drizzle", async () => {
  const lost = p.alice.db.transaction(async (tx) => {
    const [row] = await tx.execute<{ pid: number }>(statement`select pg_backend_pid() as pid`);
    const killing = kill(row!.pid);
    await tx.execute(statement`select pg_sleep(60)`);
    await killing;
  });
  await expect(lost).rejects.toMatchObject(LOSS);
  await worksAgain();
});

test("an ordinary error still rolls back and keeps its connection", async () => {
  const { sql } = p.alice;
  await sql`create table kept (n int)`;
  const failed = sql.begin(async (tx) => {
    await tx`insert into kept values (1)`;
    await tx`select 1 / 0`;
  });
  await expect(failed).rejects.toMatchObject({ code: "22012" });
  expect(await sql`select n from kept`).toEqual([]);
  const [a, b] = await sql.begin("isolation level repeatable read", (tx) => [tx`select 1 as n`, tx`select 2 as n`]);
  expect([a, b]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
});

test("another connection's end rolls back and keeps this one", async () => {
  const { sql } = p.alice;
  await sql`create table spared (n int)`;
  const failed = sql.begin(async (tx) => {
    await tx`insert into spared values (1)`;
    throw Object.assign(new Error("elsewhere"), { code: "ECONNRESET" });
  });
  await expect(failed).rejects.toThrow("elsewhere");
  expect(await sql`select n from spared`).toEqual([]);
  const open = await sql`
    select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`;
  expect(open).toHaveLength(0);
});
