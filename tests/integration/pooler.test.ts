import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeConnection, connection } from "@/db/client";
import { requireFitDatabase } from "@/db/fitness";
import { migrate } from "@/db/migrate";
import { freePort } from "@/os/net";
import { ALL_PROJECTS } from "@/server/context";
import { announce, subscribe, type TeamEvent } from "@/server/event";
import { leaveReadOnlyServer } from "@/server/services/health";
import { appendMetrics, columnsOf } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { createRun } from "@/server/services/run";
import { bootstrap } from "@/server/services/team";
import { readSummaries } from "@/server/store";
import { cloneDatabase } from "../postgres";

/**
 * A database that is reached through PgBouncer, that is read-only, that is two. The CI machine has PgBouncer
 * (scripts/ci-setup).
 */

const PGBOUNCER = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((path) => spawnSync(path, ["-V"]).status === 0);
let folder: string;
let database: Awaited<ReturnType<typeof cloneDatabase>>;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-pooler-"));
  await chmod(folder, 0o755);
  database = await cloneDatabase();
});
afterAll(async () => {
  await closeConnection();
  for (const child of started) child.kill("SIGKILL");
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** PgBouncer in transaction mode before the database of `url`; resolves to the URL that leads through it. */
async function pooler(url: string, settings = ""): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const listen = await freePort();
  const config = join(folder, `${listen}.ini`);
  await writeFile(join(folder, "users"), `"${username}" "${password}"\n`, { mode: 0o644 });
  await writeFile(
    config,
    `[databases]\n* = host=${hostname} port=${port} user=${username} password=${password}\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=${listen}\nunix_socket_dir=\npool_mode=transaction\nauth_type=plain\nauth_file=${join(folder, "users")}\n${settings}\n`,
  );
  await chmod(config, 0o644);
  const as = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  started.push(spawn(PGBOUNCER!, ["-q", config], { stdio: "ignore", ...as }));
  const answers = () =>
    new Promise<boolean>((done) => {
      const socket = dial(listen, "127.0.0.1", () => done(true));
      socket.on("error", () => done(false)).on("connect", () => socket.end());
    });
  await expect.poll(answers, { timeout: 10_000 }).toBe(true);
  return `postgres://${username}:${password}@127.0.0.1:${listen}${pathname}`;
}

describe.runIf(PGBOUNCER)("PgBouncer in transaction mode", () => {
  test("alone is refused in one line, also when it drops what it does not know", async () => {
    await expect(requireFitDatabase({ url: await pooler(database.url) })).rejects.toThrow(
      "DATABASE_URL: goes through a pooler that refuses session settings; set DATABASE_DIRECT_URL",
    );
    const dropped =
      "ignore_startup_parameters=plan_cache_mode,enable_seqscan,enable_hashjoin,enable_mergejoin,lock_timeout,statement_timeout";
    const quiet = await pooler(database.url, dropped);
    await expect(requireFitDatabase({ url: quiet })).rejects.toThrow("a pooler that drops session settings");
    await expect(requireFitDatabase({ url: database.url, directUrl: quiet })).rejects.toThrow(
      "DATABASE_DIRECT_URL: goes through a pooler that drops session settings; it must be the address of the database itself",
    );
  });

  test("leaves no lock behind: migrations run through it twice", async () => {
    const url = await pooler(database.url);
    await migrate({ url });
    await migrate({ url });
  });

  test("with a direct address stores metrics, answers, and hears of changes", async () => {
    const url = await pooler(database.url);
    await requireFitDatabase({ url, directUrl: database.url });
    Object.assign(process.env, { DATABASE_URL: url, DATABASE_DIRECT_URL: database.url });
    await closeConnection();
    const { db, sql } = connection();
    const { teamId, ownerId } = await bootstrap(db);
    const actor = { kind: "user" as const, userId: ownerId, name: "Owner", role: "owner" as const, ...ALL_PROJECTS };
    const ctx = { db, sql, teamId, actor, now: () => new Date() };
    const heard: (TeamEvent | null)[] = [];
    const stop = await subscribe(teamId, (e) => heard.push(e));
    const { slug } = await createProject(ctx, { name: "Pooled" });
    for (let i = 0; i < 12; i++) {
      const { id } = await createRun(ctx, { project: slug, name: `r${i}`, config: {}, dimensions: {} });
      const series = [{ metric: "loss", steps: [1, 2], values: [1, 2] }];
      await appendMetrics(ctx, { runId: id, batch: columnsOf({ writer: "w", seq: 0, series }) });
      expect((await readSummaries(sql, id)).map((s) => s.points)).toEqual([2]);
    }
    await announce(ctx, [{ projectId: null, kind: "worker", id: "x" }]);
    await expect.poll(() => heard.map((e) => e?.id)).toContain("x");
    stop();
    await closeConnection();
  });
});

test("two addresses of different databases are refused", async () => {
  const other = await cloneDatabase();
  await expect(requireFitDatabase({ url: database.url, directUrl: other.url })).rejects.toThrow(
    "both must lead to one database",
  );
  await other.drop();
});

test("a database that does not answer is refused in one line without its password", async () => {
  const url = `postgres://me:secret@127.0.0.1:${await freePort()}/none`;
  const refusal = await requireFitDatabase({ url }).catch((e: Error) => e.message);
  expect(refusal).toMatch(/^DATABASE_URL: the database does not answer: .*ECONNREFUSED/);
  expect(refusal).not.toContain("secret");
});

test("a read-only database is refused; one that becomes read-only is left, and its successor found", async () => {
  const one = await cloneDatabase();
  const name = new URL(one.url).pathname.slice(1);
  const owner = postgres(one.url.replace(name, "postgres"), { max: 1, onnotice: () => {} });
  const readOnly = (on: boolean) =>
    owner.unsafe(`alter database ${name} set default_transaction_read_only = ${on ? "on" : "off"}`);
  await requireFitDatabase({ url: one.url });
  await readOnly(true);
  await expect(requireFitDatabase({ url: one.url })).rejects.toThrow("DATABASE_URL: the database is read-only");
  Object.assign(process.env, { DATABASE_URL: one.url, DATABASE_DIRECT_URL: "" });
  await closeConnection();
  const write = () => connection().sql`insert into secrets values (${crypto.randomUUID()}, '')`;
  const outcomes = () => Promise.allSettled(Array.from({ length: 8 }, write));
  expect((await outcomes()).map((o) => o.status)).not.toContain("fulfilled");
  await connection().direct`select 1`;
  await readOnly(false); // as a failover behind the same address: old connections still refuse, new ones do not
  expect((await outcomes()).map((o) => o.status)).toContain("rejected");
  expect(await leaveReadOnlyServer()).toBe(true);
  const all = async () => (await outcomes()).every((o) => o.status === "fulfilled");
  await expect.poll(all, { timeout: 20_000 }).toBe(true);
  expect(await leaveReadOnlyServer()).toBe(false);
  await closeConnection();
  await owner.end();
  await one.drop();
});
