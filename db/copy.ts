import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { getTableName, is } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";
import type postgres from "postgres";
import { schemaState } from "./migrate";
import * as schema from "./schema";

/** One table in a backup: a file `<table>.copy.gz` in Postgres' binary COPY format. */
export interface CopiedTable {
  name: string;
  columns: string[];
  rows: number;
  sha256: string;
}

/** Tables of this version and of those before it. Whatever else lies in the database is somebody else's. */
const OWN_TABLES = [
  ...Object.values(schema).flatMap((t) => (is(t, PgTable) ? [getTableName(t)] : [])),
  "metric_points",
  "metric_points_before_chunks",
  "checkpoint_parts",
  "recommendation_watchers",
  "table_imports",
  "table_import_changes",
];
const OWN_FUNCTIONS = ["metric_chunks_apart"];

/** There while a restore is under way: what is found with it is half of a store. */
const UNFINISHED = "etalon_restore_unfinished";

export interface Copied {
  tables: CopiedTable[];
  /** Migrations that the database has, which may be fewer than this version knows. */
  migrations: string[];
}

/**
 * Writes every table of the product to `folder`, all as of one moment; ingest goes on meanwhile. Errors: a message for
 * a database of a newer version.
 */
export async function copyOut(sql: postgres.Sql, folder: string): Promise<Copied> {
  const copied = await sql.begin("isolation level repeatable read read only", async (tx): Promise<Copied> => {
    const { applied, unknown } = await schemaState(tx);
    if (unknown > 0) throw new Error("the database is of a newer version of Etalon; back it up with that version");
    if (applied.length === 0) throw new Error("there is nothing to back up: the database is empty");
    const copied: CopiedTable[] = [];
    for (const { name, columns } of await tablesInOrder(tx)) {
      const [count] = await tx<{ rows: number }[]>`select count(*)::float8 as rows from ${tx(name)}`;
      const hash = createHash("sha256");
      const list = columns.map(quoted).join(", ");
      const source = await tx.unsafe(`copy ${quoted(name)} (${list}) to stdout (format binary)`).readable();
      await pipeline(
        source,
        createGzip({ level: 3 }),
        hashing(hash),
        createWriteStream(fileOf(folder, name), { mode: 0o600 }),
      );
      // postgres.js pauses its socket when the stream is full; at the end of the data nothing else wakes it again.
      source._read(0);
      copied.push({ name, columns, rows: count!.rows, sha256: hash.digest("hex") });
    }
    return { tables: copied, migrations: applied };
  });
  return copied as Copied;
}

/** Errors: a message that names the file that is not as it was written. Reads files only. */
export async function verifyCopies(folder: string, tables: readonly CopiedTable[]): Promise<void> {
  for (const { name, sha256 } of tables) await verify(fileOf(folder, name), sha256);
}

/**
 * Begins a restore on a database without tables of ours; those that a restore left behind when it was cut off are
 * removed first. Errors: a message where there is a store.
 */
export async function beginRestore(sql: postgres.Sql): Promise<void> {
  const there = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_name = any(${[...OWN_TABLES, UNFINISHED]})`;
  if (there.length > 0) {
    if (!there.some((t) => t.name === UNFINISHED))
      throw new Error("the database is not empty; restore into a new ETALON_DATA_DIR or DATABASE_URL");
    await removeAll(sql);
  }
  await sql.unsafe(`create table ${UNFINISHED} ()`);
}

/** Ends a restore: as it is, or, where it failed, by removing everything. */
export async function endRestore(sql: postgres.Sql, succeeded: boolean): Promise<void> {
  if (succeeded) await sql.unsafe(`drop table ${UNFINISHED}`);
  else await removeAll(sql);
}

/** Errors: one line on the half of a store that a restore left when it was cut off. */
export async function requireWhole(sql: postgres.Sql): Promise<void> {
  const [left] = await sql`select to_regclass(${`public.${UNFINISHED}`}) is not null as there`;
  if (left?.there) throw new Error("a restore into this database was cut off; run it again: etalon restore FOLDER");
}

async function removeAll(sql: postgres.Sql): Promise<void> {
  const tables = [...OWN_TABLES, UNFINISHED].map(quoted).join(", ");
  await sql.begin(async (tx) => {
    await tx.unsafe(`drop table if exists ${tables} cascade`);
    await tx.unsafe(`drop function if exists ${OWN_FUNCTIONS.map(quoted).join(", ")} cascade`);
    await tx.unsafe("drop table if exists drizzle.__drizzle_migrations");
  });
}

/** Fills the empty tables from `folder`, all or nothing. */
export async function copyIn(sql: postgres.Sql, folder: string, tables: readonly CopiedTable[]): Promise<void> {
  await sql.begin(async (tx) => {
    // A store with doubled points is restored as it was; the next start repairs it.
    const [chunks] = await tx`select to_regclass('metric_chunks') is not null as there`;
    if (chunks?.there) await tx`alter table metric_chunks disable trigger user`;
    for (const { name, columns, rows } of tables) {
      const list = columns.map(quoted).join(", ");
      const target = await tx.unsafe(`copy ${quoted(name)} (${list}) from stdin (format binary)`).writable();
      await pipeline(createReadStream(fileOf(folder, name)), createGunzip(), target);
      const [count] = await tx<{ rows: number }[]>`select count(*)::float8 as rows from ${tx(name)}`;
      if (count!.rows !== rows) throw new Error(`table ${name} has ${count!.rows} rows after the restore, not ${rows}`);
    }
    if (chunks?.there) await tx`alter table metric_chunks enable trigger user`;
    await tx`
      select setval(pg_get_serial_sequence(quote_ident(table_name), column_name), (xpath('/row/m/text()', query_to_xml(
        format('select coalesce(max(%I), 0) + 1 as m from %I', column_name, table_name), false, true, '')))[1]::text::bigint, false)
      from information_schema.columns
      where table_schema = 'public' and table_name = any(${OWN_TABLES}) and pg_get_serial_sequence(quote_ident(table_name), column_name) is not null`;
  });
}

/** Before anything is written: a COPY that breaks in its middle leaves its connection waiting. */
async function verify(file: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  if (hash.digest("hex") !== sha256) throw new Error(`${file} is not as the backup wrote it`);
}

/** Tables of the product, those that others refer to first; generated columns left out. */
async function tablesInOrder(tx: postgres.TransactionSql): Promise<{ name: string; columns: string[] }[]> {
  const tables = await tx<{ name: string; columns: string[] }[]>`
    select table_name as name, array_agg(column_name::text order by ordinal_position) as columns
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_name = any(${OWN_TABLES}) and table_type = 'BASE TABLE' and is_generated = 'NEVER' group by table_name order by table_name`;
  const references = await tx<{ from: string; to: string }[]>`
    select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint
    where contype = 'f' and conrelid <> confrelid and connamespace = 'public'::regnamespace`;
  const placed: { name: string; columns: string[] }[] = [];
  let left = [...tables];
  while (left.length > 0) {
    const waiting = new Set(left.map((t) => t.name));
    const ready = left.filter((t) => !references.some((r) => r.from === t.name && waiting.has(r.to)));
    if (ready.length === 0) throw new Error(`tables refer to each other in a circle: ${[...waiting].join(", ")}`);
    placed.push(...ready);
    left = left.filter((t) => !ready.includes(t));
  }
  return placed;
}

function fileOf(folder: string, table: string): string {
  return join(folder, `${table}.copy.gz`);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function hashing(hash: ReturnType<typeof createHash>): Transform {
  return new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
