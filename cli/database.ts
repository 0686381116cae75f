import { connect } from "@/db/client";
import { runningEmbeddedUrl, startEmbeddedPostgres } from "@/db/embedded";
import { migrate } from "@/db/migrate";
import type { Context } from "@/server/context";
import { bootstrap } from "@/server/services/team";
import { openDataDir } from "./data-dir";
import type { Settings } from "./settings";

/** Runs `work` on the running server's database, or on one started for the moment. */
export async function withDatabase<T>(
  settings: Settings,
  work: (ctx: Context & { ownerId: string }) => Promise<T>,
): Promise<T> {
  const running = settings.databaseUrl ?? (await runningEmbeddedUrl(settings.dataDir).catch(() => null));
  if (!running) await openDataDir(settings.dataDir);
  const started = running ? null : await startEmbeddedPostgres(settings.dataDir);
  const url = running ?? started!.url;
  if (started) await migrate(url);
  const { db, sql, close } = connect(url, 2);
  try {
    const { teamId, ownerId } = await bootstrap(db);
    return await work({
      db,
      sql,
      teamId,
      ownerId,
      actor: { kind: "system", name: "command line" },
      now: () => new Date(),
    });
  } finally {
    await close();
    if (started && !started.adopted) await started.stop();
  }
}
