import { join } from "node:path";
import { migrate as runMigrations } from "drizzle-orm/postgres-js/migrator";
import { connect } from "./client";

/** Brings the database at `url` to the schema of this version. Safe to run by two processes at once (advisory lock). */
export async function migrate(url: string, folder = join(import.meta.dirname, "migrations")): Promise<void> {
  const { db, sql, close } = connect(url, 1);
  try {
    await sql`select pg_advisory_lock(7205759403792794)`;
    await runMigrations(db, { migrationsFolder: folder });
  } finally {
    await close();
  }
}
