import type { PgDatabase } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { readJson, writeJson } from "@/lib/json";
import * as schema from "./schema";
import { beginOn } from "./transactions";

export type Schema = typeof schema;

/** The pool or an open transaction: verbs do not care which. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, Schema>;

/** Where the database is. `directUrl` names it without the pooler that `url` goes through. */
export interface Addresses {
  url: string;
  directUrl?: string | null;
}

export interface Connection {
  db: Db;
  sql: postgres.Sql;
  /** Sessions of their own, for what a pooler breaks: LISTEN, session settings, locks. */
  direct: postgres.Sql;
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

/** Sessions of servers have names that begin so; the rest is the mark of the secret that they sign links with. */
export const SERVER_SESSION = "etalon server";

/**
 * What is held up by a lock or runs away ends in an error that says "try again" before everything waits behind it.
 * Behind a pooler sessions are shared, and a setting of one would be found by another: there the database's own
 * settings count.
 */
const TIME_OUTS = { lock_timeout: 30_000, statement_timeout: 300_000 };

/**
 * The statement that stores metrics finds a few rows by key in tables that grow while its plan is kept: a plan made
 * while they were small reads them whole, for every batch. Postgres, which would plan anew for every batch because it
 * guesses that arrays are long, keeps one plan. It waits for no lock; its server side must not outlive the client's
 * patience (writer.ts).
 */
export const INGEST_SETTINGS = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  lock_timeout: 10_000,
  statement_timeout: 30_000,
};

interface Writer {
  sql: postgres.Sql;
  again: () => postgres.Sql;
}
const writerOfPool = new WeakMap<postgres.Sql, Writer>();

/**
 * Opens a pool of `max` connections for plain queries and one for transactions; nothing connects before the first
 * query. `timeOuts: false` for what may take its time: copies, migrations.
 */
export function connect(
  { url, directUrl }: Addresses,
  { max = 10, timeOuts = true, name = "etalon" }: { max?: number; timeOuts?: boolean; name?: string } = {},
): Connection {
  const shared = { onnotice: () => {}, types: TYPES, backoff: () => RECONNECT_S };
  const limits = timeOuts ? TIME_OUTS : {};
  const pooled = Boolean(directUrl) && directUrl !== url;
  const options = { ...shared, prepare: !pooled, connection: { application_name: "etalon", ...(!pooled && limits) } };
  const sql = postgres(url, { max, ...options });
  const transactions = postgres(url, { max, ...options });
  const ofDirect = { max: 2, ...shared, connection: { application_name: name, ...limits } };
  const direct = postgres(directUrl || url, ofDirect);
  const directTransactions = postgres(directUrl || url, ofDirect);
  beginOn(transactions, sql);
  beginOn(directTransactions, direct);
  const again = () =>
    postgres(directUrl || url, {
      max: 1,
      ...shared,
      connection: { application_name: "etalon ingest", ...INGEST_SETTINGS },
    });
  writerOfPool.set(sql, { sql: again(), again });
  const close = async () => {
    await Promise.all([sql, transactions, direct, directTransactions, writerOf(sql)].map((s) => s.end({ timeout: 5 })));
  };
  const db = drizzle(sql, { schema });
  // Drizzle changes how its pool reads and writes dates and JSON; its transactions must do it the same way.
  Object.assign(transactions.options.parsers, sql.options.parsers);
  Object.assign(transactions.options.serializers, sql.options.serializers);
  return { db, sql, direct, close };
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
    const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl, ETALON_SESSION: name } = process.env;
    if (!url) throw new Error("DATABASE_URL is not set: start the server with `npm start`");
    shared.etalonConnection = connect({ url, directUrl }, { name });
  }
  return shared.etalonConnection;
}

/** A session beside those of the process, for one purpose; the caller ends it. */
export function singleSession(): postgres.Sql {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl } = process.env;
  return postgres(directUrl || url || "", { max: 1, onnotice: () => {} });
}

export async function closeConnection(): Promise<void> {
  await shared.etalonConnection?.close();
  shared.etalonConnection = undefined;
}
