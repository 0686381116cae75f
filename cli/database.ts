import { type Connection, connect } from "@/db/client";
import { runningEmbeddedUrl, startEmbeddedPostgres } from "@/db/embedded";
import { migrate } from "@/db/migrate";
import type { Context } from "@/server/context";
import { bootstrap } from "@/server/services/team";
import { openDataDir } from "./data-dir";
import type { Settings } from "./settings";

/** Runs `work` on the running server's database, or on one started for the moment. */
export function withDatabase<T>(
  settings: Settings,
  work: (ctx: Context & { ownerId: string }) => Promise<T>,
): Promise<T> {
  return withConnection(settings, async ({ db, sql, url, started }) => {
    if (started) await migrate(url);
    const { teamId, ownerId } = await bootstrap(db);
    const actor = { kind: "system" as const, name: "command line" };
    return work({ db, sql, teamId, ownerId, actor, now: () => new Date() });
  });
}

/** The same without making tables or a team. `started`: no server runs on the data directory. */
export async function withConnection<T>(
  settings: Settings,
  work: (means: Pick<Connection, "db" | "sql"> & { url: string; started: boolean }) => Promise<T>,
): Promise<T> {
  const running = settings.databaseUrl ?? (await runningEmbeddedUrl(settings.dataDir).catch(() => null));
  if (!running) await openDataDir(settings.dataDir);
  const started = running ? null : await startEmbeddedPostgres(settings.dataDir);
  const url = running ?? started!.url;
  const { db, sql, close } = connect(url, 2);
  try {
    return await work({ db, sql, url, started: started !== null });
  } finally {
    await close();
    if (started && !started.adopted) await started.stop();
  }
}
