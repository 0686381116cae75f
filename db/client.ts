import type { PgDatabase } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { readJson, writeJson } from "@/lib/json";
import { outliveConnections } from "./lost-connection";
import * as schema from "./schema";

export type Schema = typeof schema;

/** The pool or an open transaction: verbs do not care which. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, Schema>;

export interface Connection {
  db: Db;
  sql: postgres.Sql;
  close: () => Promise<void>;
}

/** jsonb keeps every digit of a number, and so does what reads it. */
const JSONB = { to: 3802, from: [3802], serialize: writeJson, parse: readJson };
/** int8 comes back as a number (steps and counts stay below 2^53). */
const FLOAT8 = { to: 701, from: [701], serialize: (v: number) => (Object.is(v, -0) ? "-0" : String(v)), parse: Number };
const TYPES = {
  jsonb: JSONB,
  float8: FLOAT8,
  bigint: { to: 20, from: [20], serialize: (n: number) => String(n), parse: (s: string) => Number(s) },
};
/** By default the pauses grow to 20 s, which a database that was restarted within one would be left alone for. */
const RECONNECT_S = 0.2;

/**
 * The statement that stores metrics finds a few rows by key in tables that grow while its plan is kept: a plan made while
 * they were small reads them whole, for every batch. Postgres, which would plan anew for every batch because it guesses that
 * arrays are long, keeps one plan.
 */
const BY_KEY = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
};

interface Writer {
  sql: postgres.Sql;
  again: () => postgres.Sql;
}
const writerOfPool = new WeakMap<postgres.Sql, Writer>();

/** Opens a pool; nothing connects before the first query. */
export function connect(url: string, max = 10): Connection {
  const shared = { onnotice: () => {}, types: TYPES, backoff: () => RECONNECT_S };
  const sql = postgres(url, { max, ...shared, connection: { application_name: "etalon" } });
  outliveConnections(sql);
  const again = () =>
    postgres(url, {
      max: 1,
      ...shared,
      connection: { application_name: "etalon ingest", ...BY_KEY },
    });
  writerOfPool.set(sql, { sql: again(), again });
  const close = async () => {
    await Promise.all([sql.end({ timeout: 5 }), writerOf(sql).end({ timeout: 5 })]);
  };
  return { db: drizzle(sql, { schema }), sql, close };
}

/** A connection beside a pool for the one statement that stores metrics: slow reads do not hold it up. */
export function writerOf(sql: postgres.Sql): postgres.Sql {
  return writerOfPool.get(sql)?.sql ?? sql;
}

/** Gives up a writer's connection, whatever it is doing, and opens another. */
export function replaceWriter(sql: postgres.Sql): void {
  const writer = writerOfPool.get(sql);
  if (!writer) return;
  writer.sql.end({ timeout: 0 }).catch(() => {});
  writer.sql = writer.again();
}

const shared = globalThis as unknown as { etalonConnection?: Connection };

/** The process-wide pool on `DATABASE_URL`; bundles of one process share it. */
export function connection(): Connection {
  if (!shared.etalonConnection) {
    const url = process.env.DATABASE_URL;
    if (!url) throw new Error("DATABASE_URL is not set: start the server with `npm start`");
    shared.etalonConnection = connect(url);
  }
  return shared.etalonConnection;
}

export async function closeConnection(): Promise<void> {
  await shared.etalonConnection?.close();
  shared.etalonConnection = undefined;
}
