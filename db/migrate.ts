import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { migrate as runMigrations } from "drizzle-orm/postgres-js/migrator";
import type postgres from "postgres";
import { type Addresses, connect, SERVER_SESSION } from "./client";

const FOLDER = join(import.meta.dirname, "migrations");
const LOCK = "7205759403792794";
const POLL_MS = 200;
/** The connections of a killed server are gone within moments. */
const OTHERS_MS = 10_000;

interface Migration {
  tag: string;
  when: number;
}

export interface MigrateOptions {
  folder?: string;
  /** Called when it has to wait for another program. */
  say?: (line: string) => void;
  stop?: AbortSignal;
  /** Refuse to change the tables under a server of an earlier version. */
  alone?: boolean;
}

/**
 * The database against this version: of how many of its migrations it has, and of how many this version knows nothing.
 */
export interface SchemaState {
  applied: string[];
  missing: number;
  unknown: number;
}

/** Migrations of this version, oldest first. */
export async function migrationTags(): Promise<string[]> {
  return (await migrationsOf(FOLDER)).map((m) => m.tag);
}

/** Brings an empty database to the schema that an earlier version had after its first `count` migrations. */
export async function migrateTo(addresses: Addresses, count: number): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), "etalon-migrations-"));
  try {
    await cp(FOLDER, copy, { recursive: true });
    const path = join(copy, "meta", "_journal.json");
    const journal = JSON.parse(await readFile(path, "utf8")) as { entries: unknown[] };
    await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
    await migrate(addresses, { folder: copy });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/**
 * Brings the database to the schema of this version. Of several programs one does it, the others wait. Errors: a
 * message for a database of a newer version, and with `alone` while a server of an earlier version is connected.
 */
export async function migrate(addresses: Addresses, options: MigrateOptions = {}): Promise<void> {
  const { folder = FOLDER, stop } = options;
  const { db, direct, close } = connect(
    { url: addresses.directUrl || addresses.url },
    { max: 1, timeOuts: false, name: "etalon migration" },
  );
  const aborted = new Promise<never>((_, reject) =>
    stop?.addEventListener("abort", () => reject(stop.reason as Error), { once: true }),
  );
  aborted.catch(() => {});
  const work = direct.begin(async (tx) => {
    await lock(tx, options);
    const { missing, unknown } = await schemaState(tx, folder);
    if (unknown > 0 && folder === FOLDER) throw new Error(NEWER);
    if (missing === 0) return;
    if (options.alone) await waitForOthers(tx, addresses, options);
    await runMigrations(db, { migrationsFolder: folder });
  });
  work.catch(() => {});
  try {
    await Promise.race([work, aborted]);
  } finally {
    await close();
  }
}

const NEWER =
  "the database is of a newer version of Etalon; start that version, or restore a backup of before the upgrade";

/**
 * Errors: one line where the database has not exactly the schema of this version; for commands, which change no schema.
 */
export async function requireSchema(sql: postgres.Sql): Promise<void> {
  const { applied, missing, unknown } = await schemaState(sql);
  if (unknown > 0) throw new Error(NEWER);
  if (missing === 0) return;
  throw new Error(
    applied.length === 0
      ? "the database is empty; start the server on it once (npm start)"
      : "the database is of an earlier version of Etalon; start the server of this version once (npm start), then try again",
  );
}

/** Which migrations the database has. */
export async function schemaState(sql: postgres.ISql, folder = FOLDER): Promise<SchemaState> {
  const known = await migrationsOf(folder);
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`;
  const rows = table?.there
    ? await sql<{ at: number }[]>`select created_at::float8 as at from drizzle.__drizzle_migrations`
    : [];
  const done = new Set(rows.map((r) => Number(r.at)));
  const applied = known.filter((m) => done.has(m.when)).map((m) => m.tag);
  return { applied, missing: known.length - applied.length, unknown: done.size - applied.length };
}

async function migrationsOf(folder: string): Promise<Migration[]> {
  const text = await readFile(join(folder, "meta", "_journal.json"), "utf8");
  return (JSON.parse(text) as { entries: Migration[] }).entries;
}

/** A lock of the transaction: a pooler that hands the session to somebody else cannot keep it. */
async function lock(tx: postgres.TransactionSql, { say, stop }: MigrateOptions): Promise<void> {
  for (let waited = false; ; waited = true) {
    const [got] = await tx`select pg_try_advisory_xact_lock(${LOCK}::bigint) as got`;
    if (got?.got) return;
    if (!waited) say?.("waiting for another program that changes the tables of this database");
    await sleep(POLL_MS, undefined, { signal: stop });
  }
}

async function waitForOthers(
  tx: postgres.TransactionSql,
  { url, directUrl }: Addresses,
  { say, stop }: MigrateOptions,
): Promise<void> {
  // A pooler keeps sessions, and their names, of servers that are gone.
  const names = directUrl && directUrl !== url ? ["etalon ingest"] : ["etalon ingest", "etalon"];
  const deadline = performance.now() + OTHERS_MS;
  for (let waited = false; ; waited = true) {
    const others = await tx`
      select from pg_stat_activity where datname = current_database()
        and (application_name = any(${names}) or application_name like ${`${SERVER_SESSION}%`})`;
    if (others.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(
        "an earlier version of Etalon (a server or a command) uses this database; end it, then start this one",
      );
    }
    if (!waited) say?.("waiting for an earlier version of Etalon to end");
    await sleep(POLL_MS, undefined, { signal: stop });
  }
}
