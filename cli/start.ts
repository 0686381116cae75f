import { parseArgs } from "node:util";
import { closeConnection, connection } from "@/db/client";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@/db/embedded";
import { migrate } from "@/db/migrate";
import type { Context } from "@/server/context";
import { adoptCheckpointFiles } from "@/server/services/checkpoint";
import { startDeleter } from "@/server/services/deletion";
import { startLeaseKeeper } from "@/server/services/job";
import { resumeMappings } from "@/server/services/mapping";
import { convertPoints, startCompactor } from "@/server/services/metric";
import { createQuickstart } from "@/server/services/quickstart";
import { bootstrap, createSignInLink } from "@/server/services/team";
import { buildPages, buildTrainer } from "./build";
import { lockDataDir, openDataDir, secretFile } from "./data-dir";
import { LocalWorker } from "./local-worker";
import { readSettings, type Settings } from "./settings";
import { type LoadNext, openWeb } from "./web";

interface Starting {
  settings: Settings;
  flags: { "no-worker"?: boolean; "no-quickstart"?: boolean };
  loadNext: LoadNext;
  /** What must be ended again, in the reverse order. */
  undo: (() => Promise<void>)[];
  /** Aborted by a signal: builds end at once. */
  stop: AbortSignal;
}

/** `npm start`: progress on stderr; on stdout exactly the lines `ready: URL` and `sign in: URL`. */
export async function startCommand(args: string[], { loadNext }: { loadNext: LoadNext }): Promise<number> {
  const { values: flags } = parseArgs({
    args,
    options: { "no-worker": { type: "boolean" }, "no-quickstart": { type: "boolean" } },
  });
  const settings = readSettings();
  logToStderr();
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());
  const undo: Starting["undo"] = [];
  try {
    await bringUp({ settings, flags, loadNext, undo, stop: stopping.signal });
    await stopped;
    say("stopping");
    return 0;
  } catch (e) {
    if (stopping.signal.aborted) return 0; // stopped while it was starting
    throw e;
  } finally {
    for (const step of undo.reverse()) await step().catch((e: Error) => say(e.message));
    setTimeout(() => process.exit(), 300).unref(); // whatever still holds the event loop must not keep the process
  }
}

async function bringUp(starting: Starting): Promise<void> {
  const { settings, flags, loadNext, undo, stop } = starting;
  await openDataDir(settings.dataDir);
  undo.push(await lockDataDir(settings.dataDir, settings.publicUrl));
  const web = await openWeb(settings);
  undo.push(() => web.close());
  const secret = settings.authSecret ?? (await secretFile(settings.dataDir, "auth-secret"));
  const { databaseUrl, hasTrainer } = await prepare(starting);
  stop.throwIfAborted();
  await migrate(databaseUrl);
  Object.assign(process.env, {
    NODE_ENV: "production",
    DATABASE_URL: databaseUrl,
    ETALON_DATA_DIR: settings.dataDir,
    AUTH_SECRET: secret,
    AUTH_URL: settings.publicUrl,
  });
  undo.push(closeConnection);
  const ctx = await systemContext();
  if (!flags["no-quickstart"]) await createQuickstart(ctx);
  const { sql } = ctx;
  await convertPoints(ctx, say);
  await resumeMappings(ctx);
  undo.push(startCompactor(sql, say), startDeleter(ctx, say));
  await adoptCheckpointFiles(ctx, settings.dataDir);
  await web.serve(loadNext);
  stop.throwIfAborted();
  undo.push(await startLeaseKeeper(ctx, say));

  const { publicUrl } = settings;
  process.stdout.write(`ready: ${publicUrl}\n`);
  const link = await createSignInLink(ctx.db, { userId: ctx.ownerId, publicUrl, secret, now: new Date() });
  process.stdout.write(`sign in: ${link}\n`);
  if (!hasTrainer) return;
  const worker = new LocalWorker(settings, say);
  undo.push(() => worker.stop());
  await worker.start(ctx);
}

/** Builds and starts the database side by side. Waits for all of them even when one fails, so that none is left behind. */
async function prepare({
  settings,
  flags,
  undo,
  stop,
}: Starting): Promise<{ databaseUrl: string; hasTrainer: boolean }> {
  const [trainer, pages, postgres] = await Promise.allSettled([
    flags["no-worker"] ? false : buildTrainer(say, stop),
    buildPages(say, stop),
    settings.databaseUrl ? null : startPostgres(settings.dataDir, undo),
  ]);
  for (const part of [postgres, pages, trainer]) if (part.status === "rejected") throw part.reason;
  const embedded = postgres.status === "fulfilled" ? postgres.value : null;
  return {
    databaseUrl: settings.databaseUrl ?? embedded!.url,
    hasTrainer: trainer.status === "fulfilled" && trainer.value,
  };
}

async function startPostgres(dataDir: string, undo: (() => Promise<void>)[]): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(dataDir);
  if (postgres.adopted) say("the database of the last start is still running: taken over");
  undo.splice(1, 0, () => postgres.stop()); // stops last but for the lock
  return postgres;
}

async function systemContext(): Promise<Context & { ownerId: string }> {
  const { db, sql } = connection();
  const { teamId, ownerId } = await bootstrap(db);
  return { db, sql, teamId, ownerId, actor: { kind: "system", name: "start" }, now: () => new Date() };
}

/** Next prints hints with console.log now and then; stdout holds nothing but the two lines. */
function logToStderr(): void {
  console.log = console.error;
  console.info = console.error;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
