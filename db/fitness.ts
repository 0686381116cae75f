import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { type Addresses, INGEST_SETTINGS } from "./client";

const OLDEST_VERSION = 14;
/** A notification arrives within milliseconds, or never. */
const NOTIFIED_MS = 5_000;

/**
 * Whether a server can stand on this database. Errors: one line that names the setting and what to do, for a pooler
 * that keeps no sessions, a replica, a version that is too old, two addresses of different databases.
 */
export async function requireFitDatabase({ url, directUrl }: Addresses): Promise<void> {
  const pooled = directUrl && directUrl !== url ? url : null;
  const name = pooled ? "DATABASE_DIRECT_URL" : "DATABASE_URL";
  const remedy = pooled
    ? "it must be the address of the database itself"
    : "set DATABASE_DIRECT_URL to the address of the database itself";
  const quiet = { max: 1, onnotice: () => {}, connect_timeout: 10 };
  const direct = postgres(directUrl || url, {
    ...quiet,
    connection: { application_name: "etalon check", ...INGEST_SETTINGS },
  });
  const pool = pooled ? postgres(pooled, { ...quiet, prepare: false }) : direct;
  try {
    const [about] = await answered(
      name,
      remedy,
      direct`
      select current_setting('plan_cache_mode') as mode, current_setting('transaction_read_only') as read_only,
        current_setting('server_version_num')::int / 10000 as version`,
    );
    if (about!.version < OLDEST_VERSION)
      throw new Error(`${name}: Postgres ${about!.version} is too old; Etalon needs ${OLDEST_VERSION} or later`);
    if (about!.read_only === "on")
      throw new Error(`${name}: the database is read-only (a replica?); name the primary, which can be written`);
    if (about!.mode !== INGEST_SETTINGS.plan_cache_mode)
      throw new Error(`${name}: goes through a pooler that drops session settings; ${remedy}`);
    if (pooled) await answered("DATABASE_URL", "", pool`select 1`);
    if (!(await hears(direct, pool))) {
      throw new Error(
        pooled
          ? "DATABASE_DIRECT_URL: hears nothing of what DATABASE_URL does: both must lead to one database, this one without a pooler"
          : `${name}: goes through a pooler that keeps no sessions (LISTEN hears nothing); ${remedy}`,
      );
    }
  } finally {
    await Promise.all([direct.end({ timeout: 1 }), pool === direct ? null : pool.end({ timeout: 1 })]);
  }
}

async function answered<T>(name: string, remedy: string, query: Promise<T>): Promise<T> {
  return query.catch((e: Error) => {
    if (/unsupported startup parameter/i.test(e.message))
      throw new Error(`${name}: goes through a pooler that refuses session settings; ${remedy}`);
    throw new Error(`${name}: the database does not answer: ${e.message}`);
  });
}

/** Whether what is announced on `by` reaches a session of `on`. */
async function hears(on: postgres.Sql, by: postgres.Sql): Promise<boolean> {
  const channel = `etalon_check_${randomUUID()}`;
  let heard = () => {};
  const arrived = new Promise<boolean>((resolve) => {
    heard = () => resolve(true);
  });
  await on.listen(channel, () => heard());
  await by`select pg_notify(${channel}, '')`;
  return Promise.race([arrived, sleep(NOTIFIED_MS, false, { ref: false })]);
}
