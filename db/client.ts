import type { PgDatabase } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import * as schema from "./schema";

export type Schema = typeof schema;

/** The pool or an open transaction: verbs do not care which. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, Schema>;

export interface Connection {
  db: Db;
  sql: postgres.Sql;
  close: () => Promise<void>;
}

/** Opens a pool. int8 comes back as a number (steps and counts stay below 2^53). */
export function connect(url: string, max = 10): Connection {
  const sql = postgres(url, {
    max,
    onnotice: () => {},
    connection: { application_name: "etalon" },
    types: {
      bigint: { to: 20, from: [20], serialize: (n: number) => String(n), parse: (s: string) => Number(s) },
    },
  });
  return { db: drizzle(sql, { schema }), sql, close: () => sql.end({ timeout: 5 }) };
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
