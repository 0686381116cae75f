import { type Addresses, type Connection, connect } from "@/db/client";
import { requireWhole } from "@/db/copy";
import { runningEmbeddedUrl, startEmbeddedPostgres } from "@/db/embedded";
import { migrate, requireSchema } from "@/db/migrate";
import type { Context } from "@/server/context";
import { bootstrap } from "@/server/services/team";
import { openDataDir } from "./data-dir";
import { lockDataDir } from "./lock";
import type { Settings } from "./settings";

/** What is worked with; `started`: no server runs on the data directory. */
type Means = Pick<Connection, "db" | "sql" | "direct"> & { addresses: Addresses; started: boolean };

/** Runs `work` on the running server's database, or on one started for the moment. */
export function withDatabase<T>(
  settings: Settings,
  work: (ctx: Context & { ownerId: string }) => Promise<T>,
): Promise<T> {
  return withConnection(settings, async ({ db, sql, addresses, started }) => {
    await requireWhole(sql);
    if (started) await migrate(addresses);
    else await requireSchema(sql);
    sayWhere(settings, started);
    const { teamId, ownerId } = await bootstrap(db);
    const actor = { kind: "system" as const, name: "command line" };
    return work({ db, sql, teamId, ownerId, actor, now: () => new Date() });
  });
}

/** The same without making tables or a team. */
export async function withConnection<T>(settings: Settings, work: (means: Means) => Promise<T>): Promise<T> {
  const { databaseUrl, directUrl, dataDir } = settings;
  const running = databaseUrl ?? (await runningEmbeddedUrl(dataDir).catch(() => null));
  if (running) return connected({ url: running, directUrl }, false, work);
  await openDataDir(dataDir);
  const unlock = await lockDataDir(dataDir, "a command");
  try {
    const embedded = await startEmbeddedPostgres(dataDir);
    try {
      return await connected({ url: embedded.url }, true, work);
    } finally {
      if (!embedded.adopted) await embedded.stop();
    }
  } finally {
    await unlock();
  }
}

/** Which data a command works on; on stderr, so that what it prints can be piped. */
function sayWhere({ databaseUrl, dataDir }: Settings, started: boolean): void {
  const where = databaseUrl ? `the database ${shown(databaseUrl)}` : `the data directory ${dataDir}`;
  process.stderr.write(`using ${where}${started || databaseUrl ? "" : ", whose server is running"}\n`);
}

/** Without the password. */
function shown(url: string): string {
  if (!URL.canParse(url)) return "of DATABASE_URL";
  const { hostname, port, pathname } = new URL(url);
  return `${pathname.slice(1)} at ${hostname}${port && `:${port}`}`;
}

async function connected<T>(addresses: Addresses, started: boolean, work: (means: Means) => Promise<T>): Promise<T> {
  const { db, sql, direct, close } = connect(addresses, { max: 2, timeOuts: false, name: "etalon command" });
  try {
    return await work({ db, sql, direct, addresses, started });
  } finally {
    await close();
  }
}
