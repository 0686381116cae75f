import { access, chmod, constants, mkdir, readdir, stat } from "node:fs/promises";

/** What Etalon, of any version, makes in a data directory. */
const OURS =
  /^(server\.json.*|server\.lock|postgres|cluster|data|checkpoints|auth-secret|worker-key|worker\.(json|log))$/;
/** What others put into a folder that is there for one program: file systems and containers. */
const HARMLESS = /^(lost\+found|\..*)$/;

/**
 * Makes the data directory (mode 0700) and checks that it can be written. Errors, before anything is changed: one line
 * for a folder that holds other things, and for one that cannot be written.
 */
export async function openDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (e) {
    throw new Error(
      `ETALON_DATA_DIR: ${dataDir} cannot be written (${(e as NodeJS.ErrnoException).code}); ${await remedy(dataDir)}`,
    );
  }
  const names = await readdir(dataDir);
  const foreign = names.filter((name) => !OURS.test(name) && !HARMLESS.test(name));
  if (foreign.length > 0 && !names.some((name) => OURS.test(name))) {
    throw new Error(
      `ETALON_DATA_DIR: ${dataDir} holds other things (${foreign.slice(0, 3).join(", ")}); choose a folder of its own`,
    );
  }
  const { uid, mode } = await stat(dataDir);
  // As root it stays open to the database's user, who may pass through. A volume of root's that this user may write
  // stays as it is.
  if (uid === process.getuid?.() && (mode & 0o067) !== 0) await chmod(dataDir, 0o700);
}

async function remedy(dataDir: string): Promise<string> {
  const owner = await stat(dataDir).then(
    (s) => s.uid,
    () => undefined,
  );
  const self = process.getuid?.();
  return owner === undefined || owner === self || self === undefined
    ? "choose another folder"
    : `it belongs to ${owner === 0 ? "root" : `user ${owner}`}: start as that user, choose another folder, or give it away with its database: chown -R ${self} ${dataDir}`;
}
