import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { beginRestore, copyIn, copyOut, endRestore, verifyCopies } from "@/db/copy";
import { migrate, migrateTo, migrationTags } from "@/db/migrate";
import { withConnection } from "./database";
import { readSettings } from "./settings";

const manifestSchema = z.object({
  format: z.literal(1),
  createdAt: z.string(),
  migrations: z.array(z.string()),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number(), sha256: z.string() })),
});

const MANIFEST = "manifest.json";
/** What versions before this one kept in the data directory beside the database. */
const KEPT = ["checkpoints", "auth-secret"];

/**
 * `backup FOLDER`: everything, as of one moment, also while the server runs. The manifest comes last: without it a
 * backup is not whole.
 */
export async function backupCommand(args: string[]): Promise<number> {
  const folder = folderOf(args, "backup");
  const settings = readSettings();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty; give a new folder`);
  // Before the database: a checkpoint that is older than the points is continued from, one that is newer would leave a
  // gap.
  for (const name of KEPT) await copied(join(settings.dataDir, name), join(folder, name));
  const { tables, migrations } = await withConnection(settings, ({ direct }) => copyOut(direct, folder));
  const manifest = { format: 1, createdAt: new Date().toISOString(), migrations, tables };
  await writeFile(join(folder, MANIFEST), JSON.stringify(manifest, null, 1), { mode: 0o600 });
  const rows = tables.reduce((n, t) => n + t.rows, 0);
  process.stderr.write(`backed up ${tables.length} tables with ${rows} rows to ${folder}\n`);
  return 0;
}

/** `restore FOLDER`: into an empty data directory or database; nothing is changed unless all of it can be. */
export async function restoreCommand(args: string[]): Promise<number> {
  const folder = folderOf(args, "restore");
  const settings = readSettings();
  const text = await readFile(join(folder, MANIFEST), "utf8").catch(() => null);
  if (!text) throw new Error(`${folder} has no ${MANIFEST}: it is not a whole backup`);
  const manifest = manifestSchema.parse(JSON.parse(text));
  const known = await migrationTags();
  const foreign = manifest.migrations.find((tag, i) => known[i] !== tag);
  if (foreign) throw new Error(`the backup is of a newer version of Etalon (${foreign}); restore it with that version`);
  await verifyCopies(folder, manifest.tables);
  await withConnection(settings, async ({ direct, addresses, started }) => {
    if (!started && !settings.databaseUrl) throw new Error(`a server runs on ${settings.dataDir}; stop it first`);
    await beginRestore(direct);
    let succeeded = false;
    try {
      await migrateTo(addresses, manifest.migrations.length);
      await copyIn(direct, folder, manifest.tables);
      await migrate(addresses);
      succeeded = true;
    } finally {
      await endRestore(direct, succeeded);
    }
  });
  for (const name of KEPT) await copied(join(folder, name), join(settings.dataDir, name));
  process.stderr.write(`restored ${manifest.tables.length} tables from ${folder}, of ${manifest.createdAt}\n`);
  return 0;
}

function folderOf(args: string[], verb: string): string {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
  if (positionals.length !== 1) throw new Error(`usage: etalon ${verb} FOLDER`);
  return resolve(positionals[0]!);
}

/** Replaces `to` by a copy of `from`, where that exists. Files that go while it copies are left out. */
async function copied(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  const about = await unlessGone(stat(from));
  if (about?.isFile()) await unlessGone(copyFile(from, to));
  if (!about?.isDirectory()) return;
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of (await unlessGone(readdir(from))) ?? [])
    if (!name.endsWith(".part")) await unlessGone(copyFile(join(from, name), join(to, name)));
}

async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((e: NodeJS.ErrnoException) => {
    if (e.code === "ENOENT") return null;
    throw e;
  });
}
