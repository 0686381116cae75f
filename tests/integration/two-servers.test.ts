import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { type Connection, closeConnection, connect, connection, INGEST_SETTINGS, writerOf } from "@/db/client";
import { migrate, requireSchema, schemaState } from "@/db/migrate";
import { oneAtATime } from "@/db/one-at-a-time";
import type { Context } from "@/server/context";
import { subscribe, type TeamEvent } from "@/server/event";
import { createQuickstart } from "@/server/services/quickstart";
import { bootstrap, requireOneSecret, sessionName, sharedSecret } from "@/server/services/team";
import { convertPoints } from "@/server/store";
import { asEtalonError, setOutage } from "@/server/unforeseen";

/** Several servers that start, migrate and run on one database. */

let url: string;
const opened: Connection[] = [];
let owner: postgres.Sql;

beforeAll(() => {
  owner = postgres(inject("postgresUrl"), { max: 1, onnotice: () => {} });
});
beforeEach(async () => {
  const name = `etalon_two_${crypto.randomUUID().replaceAll("-", "")}`;
  await owner.unsafe(`create database ${name}`);
  url = inject("postgresUrl").replace(/\/[^/]*$/, `/${name}`);
});
afterAll(async () => {
  await closeConnection();
  await Promise.all(opened.map((c) => c.close()));
  const left = await owner<
    { name: string }[]
  >`select datname as name from pg_database where datname like 'etalon_two_%'`;
  for (const { name } of left) await owner.unsafe(`drop database ${name} with (force)`);
  await owner.end();
});

function server(name?: string): Connection {
  const made = connect({ url }, { max: 4, name });
  opened.push(made);
  return made;
}

const both = <T>(work: (server: Connection) => Promise<T>) => Promise.all([work(server()), work(server())]);

test("two first starts make one set of tables, one team, one quickstart, one secret", async () => {
  await Promise.all([migrate({ url }), migrate({ url }), migrate({ url })]);
  const [first, second] = await both(({ db }) => bootstrap(db));
  expect(second!.teamId).toBe(first!.teamId);
  const contextOf = ({ db, sql }: Connection): Context => ({
    db,
    sql,
    teamId: first!.teamId,
    actor: { kind: "system", name: "test" },
    now: () => new Date(),
  });
  await both((s) => createQuickstart(contextOf(s)));
  const { sql } = server();
  expect(await sql`select from projects`).toHaveLength(1);
  expect(await sql`select from sweeps`).toHaveLength(1);
  const secrets = await both(({ db }) => sharedSecret(db, null));
  expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(secrets[1]).toBe(secrets[0]);
  expect(await sharedSecret(server().db, "a file of an earlier version")).toBe(secrets[0]);

  // Points of the first version, moved by two starts at once.
  await sql`create table metric_points_before_chunks
    (run_id uuid, metric text, step bigint, value float8, tokens float8, time timestamptz)`;
  const [run] = await sql`select id from runs limit 1`;
  if (run)
    await sql`insert into metric_points_before_chunks select ${run.id}, 'loss', i, i, null, null from generate_series(1, 9) i`;
  const said: string[] = [];
  await both((s) => convertPoints(contextOf(s), (line) => said.push(line)));
  expect(said).toHaveLength(1);
});

test("a server with another secret is refused while one runs", async () => {
  const running = server(sessionName("one"));
  await running.direct`select 1`;
  const { sql } = server();
  await requireOneSecret(sql, "one");
  await expect(requireOneSecret(sql, "another")).rejects.toThrow("AUTH_SECRET: a server that runs on this database");
  await running.close();
  await expect.poll(() => requireOneSecret(sql, "another").then(() => true)).toBe(true);
});

test("whoever waits for migrations says so, and stops when it is told to", async () => {
  const { direct } = server();
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  let taken = () => {};
  const locked = new Promise<void>((done) => {
    taken = done;
  });
  const holding = direct.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(7205759403792794)`;
    taken();
    await held;
  });
  await locked;
  const said: string[] = [];
  const stopping = new AbortController();
  const waiting = migrate({ url }, { say: (line) => said.push(line), stop: stopping.signal });
  waiting.catch(() => {});
  const waits = "waiting for another program that changes the tables of this database";
  await expect.poll(() => said, { timeout: 20_000 }).toEqual([waits]);
  stopping.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow();
  expect((await schemaState(server().sql)).applied).toEqual([]);
  release();
  await holding;
  await migrate({ url });
  await requireSchema(server().sql);
});

test("tables are not changed under a server of an earlier version", { timeout: 40_000 }, async () => {
  const earlier = server("etalon server 12345678");
  await earlier.direct`select 1`;
  const said: string[] = [];
  await expect(migrate({ url }, { alone: true, say: (line) => said.push(line) })).rejects.toThrow(
    "an earlier version of Etalon (a server or a command) uses this database",
  );
  expect(said).toEqual(["waiting for an earlier version of Etalon to end"]);
  const command = server();
  await expect(requireSchema(command.sql)).rejects.toThrow("the database is empty; start the server on it once");
  await command.close();
  await earlier.close();
  await migrate({ url }, { alone: true });
});

test("work of one name waits for its turn, longer than a lock may be waited for", async () => {
  const order: string[] = [];
  const slow = oneAtATime(server().sql, "it", async () => {
    await server().sql`select pg_sleep(0.3)`;
    order.push("first");
  });
  await server().sql`select pg_sleep(0.05)`;
  await oneAtATime(server().sql, "it", async () => order.push("second"));
  await slow;
  expect(order).toEqual(["first", "second"]);
});

test("every connection has time-outs for locks and statements", async () => {
  const { sql, direct } = server();
  for (const connection of [sql, direct, writerOf(sql)]) {
    const [row] = await connection`
      select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement`;
    expect([row!.lock, row!.statement]).not.toContain("0");
  }
  expect(INGEST_SETTINGS.statement_timeout).toBeLessThanOrEqual(30_000);
});

test("pages are told that everything may be stale when the session that hears was lost", async () => {
  await migrate({ url });
  Object.assign(process.env, { DATABASE_URL: url, DATABASE_DIRECT_URL: "" });
  const heard: (TeamEvent | null)[] = [];
  const stop = await subscribe(crypto.randomUUID(), (event) => heard.push(event));
  expect(heard).toEqual([]);
  await connection().sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen %'`;
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual([null]);
  stop();
});

test("while the disk of a database that has ended is full, every failure says that", () => {
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  expect(asEtalonError(refused)).toMatchObject({ code: "unavailable" });
  setOutage({ code: "full", message: "the server's disk is full" });
  expect(asEtalonError(refused)).toMatchObject({ code: "full", message: "the server's disk is full" });
  setOutage(null);
  expect(asEtalonError(refused)).toMatchObject({ code: "unavailable" });
});
