import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { type Addresses, closeConnection, connect, connection } from "@/db/client";
import { requireWhole } from "@/db/copy";
import { requireFitDatabase } from "@/db/fitness";
import { migrate } from "@/db/migrate";
import type { Context } from "@/server/context";
import { listen } from "@/server/event";
import { checkMail } from "@/server/mail";
import { startAuditExpiry } from "@/server/services/audit";
import { adoptCheckpointFiles } from "@/server/services/checkpoint";
import { startDeleter } from "@/server/services/deletion";
import { startMessenger } from "@/server/services/delivery";
import { watchForReadOnly } from "@/server/services/health";
import { startLeaseKeeper } from "@/server/services/job";
import { resumeMappings } from "@/server/services/mapping";
import { createQuickstart } from "@/server/services/quickstart";
import { startRules } from "@/server/services/rule";
import { checkIssuer } from "@/server/services/sso";
import { bootstrap, createSignInLink, requireOneSecret, sessionName } from "@/server/services/team";
import { convertPoints, startCompactor } from "@/server/store";
import { buildPages, buildTrainer } from "./build";
import { startCompute } from "./compute";
import { openDataDir } from "./data-dir";
import { keepPostgres } from "./embedded";
import { LocalWorker } from "./local-worker";
import { lockDataDir } from "./lock";
import { authSecret } from "./secret";
import { isLoopback, readSettings, type Settings, warningsOf } from "./settings";
import { GAVE_UP } from "./supervised";
import { type LoadNext, openWeb } from "./web";

/** What is ended first: each part needs those after it. */
const ORDER = ["worker", "web", "background", "pool", "database", "lock"] as const;
type Part = (typeof ORDER)[number];

const OPTIONS = {
  "no-worker": { type: "boolean" },
  "no-quickstart": { type: "boolean" },
  "no-link": { type: "boolean" },
  link: { type: "boolean" },
} as const;

interface Starting {
  settings: Settings;
  flags: { [name in keyof typeof OPTIONS]?: boolean };
  loadNext: LoadNext;
  /** Registers what must be ended again. */
  undo: (part: Part, ...ends: (() => Promise<void> | void)[]) => void;
  /** Aborted by a signal: builds and waiting end at once. */
  stop: AbortSignal;
  giveUp: (reason: string) => void;
}

/**
 * `npm start`: progress on stderr; on stdout exactly the line `ready: URL` and, unless it is kept back, `sign in: URL`.
 */
export async function startCommand(args: string[], { loadNext }: { loadNext: LoadNext }): Promise<number> {
  const { values: flags } = parseArgs({ args, options: OPTIONS });
  const settings = readSettings();
  // The engine takes what lives for one answer for long-lived as soon as enough answers are under way at a collection,
  // and then cleans up after each: a tenth to a fifth of the time of a small batch, by chance in one start of two.
  setFlagsFromString("--no-allocation-site-pretenuring");
  logToStderr();
  const stopping = new AbortController();
  const stopped = new Promise<number>((resolve) => stopping.signal.addEventListener("abort", () => resolve(0)));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());
  let giveUp = (_reason: string) => {};
  const gaveUp = new Promise<number>((resolve) => {
    giveUp = (reason) => {
      say(reason);
      resolve(GAVE_UP);
    };
  });
  const ends = new Map<Part, (() => Promise<void> | void)[]>(ORDER.map((part) => [part, []]));
  const undo: Starting["undo"] = (part, ...more) => ends.get(part)?.push(...more);
  try {
    await bringUp({ settings, flags, loadNext, undo, stop: stopping.signal, giveUp });
    const code = await Promise.race([stopped, gaveUp]);
    say("stopping");
    return code;
  } catch (e) {
    if (stopping.signal.aborted) return 0; // stopped while it was starting
    throw e;
  } finally {
    for (const end of ORDER.flatMap((part) => ends.get(part) ?? []))
      await Promise.resolve(end()).catch((e: Error) => say(e.message));
    setTimeout(() => process.exit(), 300).unref(); // whatever still holds the event loop must not keep the process
  }
}

async function bringUp(starting: Starting): Promise<void> {
  const { settings, flags, loadNext, undo, stop, giveUp } = starting;
  for (const warning of warningsOf(settings)) say(warning);
  await openDataDir(settings.dataDir);
  const onLost = () => giveUp(`${settings.dataDir} was taken by another server, which thought this one dead`);
  undo("lock", await lockDataDir(settings.dataDir, settings.publicUrl, { onLost, say }));
  const web = await openWeb(settings);
  undo("web", () => web.close());
  const { addresses, hasTrainer } = await prepare(starting);
  stop.throwIfAborted();
  const ctx = await orStop(stop, openDatabase(starting, addresses));
  const { sql } = ctx;
  if (!flags["no-quickstart"]) await orStop(stop, createQuickstart(ctx));
  await orStop(stop, convertPoints(ctx, say));
  await resumeMappings(ctx, say);
  undo("background", startCompute());
  undo("background", startCompactor(sql, say), startDeleter(ctx, say), startAuditExpiry(ctx, say));
  undo("background", startMessenger(ctx, say), startRules(ctx, say));
  await adoptCheckpointFiles(ctx, settings.dataDir);
  await web.serve(loadNext);
  stop.throwIfAborted();
  undo("background", await startLeaseKeeper(ctx, say), watchForReadOnly(say));
  // Others can work meanwhile; it may be away for a moment only.
  if (settings.smtpUrl)
    void checkMail(settings.smtpUrl).catch((e: Error) => say(`SMTP_URL: no mail goes out: ${e.message}`));
  if (settings.oidcIssuer)
    void checkIssuer(settings.oidcIssuer).catch((e: Error) => say(`OIDC_ISSUER: nobody signs in by it: ${e.message}`));

  const { publicUrl } = settings;
  process.stdout.write(`ready: ${publicUrl}\n`);
  if (showsLink(starting)) {
    const secret = process.env.AUTH_SECRET ?? "";
    const link = await createSignInLink(ctx.db, { userId: ctx.ownerId, publicUrl, secret, now: new Date() });
    process.stdout.write(`sign in: ${link}\n`);
  } else say("a link to sign in: npx etalon sign-in-link");
  if (!hasTrainer) return;
  const worker = new LocalWorker(settings, { say, giveUp });
  undo("worker", () => worker.stop());
  await worker.start(ctx);
}

/** Makes the database fit for this version, and the pool of this process. */
async function openDatabase(
  { settings, undo, stop }: Starting,
  addresses: Addresses,
): Promise<Context & { ownerId: string }> {
  if (settings.databaseUrl) await requireFitDatabase(addresses);
  await requireWholeStore(addresses);
  await migrate(addresses, { say, stop, alone: true });
  const first = connect(addresses, { max: 1 });
  const secret = await authSecret(settings, first.db).finally(first.close);
  Object.assign(process.env, {
    NODE_ENV: "production",
    DATABASE_URL: addresses.url,
    DATABASE_DIRECT_URL: addresses.directUrl ?? "",
    ETALON_SESSION: sessionName(secret),
    ETALON_DATA_DIR: settings.dataDir,
    AUTH_SECRET: secret,
    AUTH_URL: settings.publicUrl,
  });
  undo("pool", closeConnection);
  await listen();
  const ctx = await systemContext();
  await requireOneSecret(ctx.sql, secret);
  return ctx;
}

async function requireWholeStore(addresses: Addresses): Promise<void> {
  const { sql, close } = connect(addresses, { max: 1 });
  await requireWhole(sql).finally(close);
}

/**
 * Whoever may read where stdout goes to could be the owner for a quarter of an hour: the link is shown where that is
 * this machine's own terminal or program, and kept back beyond loopback and in the journal of systemd, unless asked
 * for.
 */
function showsLink({ flags, settings: { host, publicUrl } }: Starting): boolean {
  if (flags["no-link"] || flags.link) return !flags["no-link"];
  return isLoopback(host) && isLoopback(new URL(publicUrl).hostname) && !process.env.JOURNAL_STREAM;
}

/** Stops waiting as soon as the start is called off; what goes on ends with the connections. */
function orStop<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  stop.throwIfAborted();
  const called = new Promise<never>((_, reject) =>
    stop.addEventListener("abort", () => reject(stop.reason as Error), { once: true }),
  );
  called.catch(() => {});
  return Promise.race([work, called]);
}

/**
 * Builds and starts the database side by side. Waits for all of them even when one fails, so that none is left behind.
 */
async function prepare(starting: Starting): Promise<{ addresses: Addresses; hasTrainer: boolean }> {
  const { settings, flags, undo, stop, giveUp } = starting;
  const { databaseUrl, directUrl } = settings;
  const [trainer, pages, postgres] = await Promise.allSettled([
    flags["no-worker"] ? false : buildTrainer(say, stop),
    buildPages(say, stop),
    databaseUrl ? null : keepPostgres(settings.dataDir, { say, giveUp, undo: (end) => undo("database", end) }),
  ]);
  for (const part of [postgres, pages, trainer]) if (part.status === "rejected") throw part.reason;
  const embedded = postgres.status === "fulfilled" ? postgres.value : null;
  return {
    addresses: { url: databaseUrl ?? embedded!.url, directUrl },
    hasTrainer: trainer.status === "fulfilled" && trainer.value,
  };
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
