import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate as runMigrations } from "drizzle-orm/postgres-js/migrator";
import { connect } from "./client";

const FOLDER = join(import.meta.dirname, "migrations");

/** Migrations of this version, oldest first. */
export async function migrationTags(folder = FOLDER): Promise<string[]> {
  const journal = JSON.parse(await readFile(join(folder, "meta", "_journal.json"), "utf8")) as {
    entries: { tag: string }[];
  };
  return journal.entries.map((e) => e.tag);
}

/** Brings an empty database to the schema that an earlier version had after its first `count` migrations. */
export async function migrateTo(url: string, count: number): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), "etalon-migrations-"));
  try {
    await cp(FOLDER, copy, { recursive: true });
    const path = join(copy, "meta", "_journal.json");
    const journal = JSON.parse(await readFile(path, "utf8")) as { entries: unknown[] };
    await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
    await migrate(url, copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Brings the database at `url` to the schema of this version. Safe to run by two processes at once (advisory lock). */
export async function migrate(url: string, folder = FOLDER): Promise<void> {
  const { db, sql, close } = connect(url, 1);
  try {
    await sql`select pg_advisory_lock(7205759403792794)`;
    await runMigrations(db, { migrationsFolder: folder });
  } finally {
    await close();
  }
}
