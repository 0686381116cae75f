import type { Output } from "./history";
import type { Recorder } from "./recorder";
import { type SourceFile, splitPath, wholeOf } from "./source";
import { CUT, isCut, parseYaml } from "./yaml";

/** Files in which programs write what a run was asked to do. */
const NAMES =
  /^((hparams|config|args|params|hyper_?parameters|(train(ing)?|model|run)[_-]?(config|args|params|arguments))([_.-]\w+)?|flags(_\d+)?|meta_?data(_\d+)?)\.(ya?ml|json)$/i;
const MOST_BYTES = 4 << 20;
/** Folders of settings beside the log of a run. */
const BESIDE = /^(\.hydra|config|configs|files)$/i;

export function isSettings(path: string): boolean {
  const { name, folder } = splitPath(path);
  return NAMES.test(name) || (folder.endsWith(".hydra") && /\.ya?ml$/.test(name));
}

/**
 * Adds what settings files say to the config of runs whose own files say nothing of it: files in the same folder, in a
 * folder of settings beside them, or in a folder above them that holds no other run.
 */
export async function attachSettings(
  settings: readonly SourceFile[],
  {
    group,
    all,
    runs,
  }: { group: readonly SourceFile[]; all: readonly (readonly SourceFile[])[]; runs: readonly Recorder[] },
  out: Output,
): Promise<void> {
  const folder = splitPath(group[0]!.path).folder;
  const others = all.filter((files) => files !== group).map((files) => splitPath(files[0]!.path).folder);
  for (const file of settings) {
    const own = splitPath(file.path).folder;
    const place = splitPath(own);
    const home = BESIDE.test(place.name) ? place.folder : own;
    if (!within(folder, home)) continue;
    if (home !== folder && others.some((other) => other !== folder && within(other, home))) continue;
    let values: Record<string, unknown>;
    try {
      const text = new TextDecoder().decode(await wholeOf(file, MOST_BYTES));
      const isJson = /\.json$/i.test(file.path);
      values = await settingsOf(text, isJson);
      if (!isJson && isCut(text)) out.problem(file.path, null, CUT);
    } catch (e) {
      out.problem(file.path, null, `its settings cannot be read: ${(e as Error).message}`);
      continue;
    }
    for (const run of runs) run.config(missing(values, run.settings));
  }
}

const within = (folder: string, outer: string) => outer === "" || folder === outer || folder.startsWith(`${outer}/`);

function missing(values: Record<string, unknown>, known: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !Object.hasOwn(known, key)));
}

/** The settings that a YAML or a JSON text holds; throws an Error that says why there are none. */
async function settingsOf(text: string, isJson: boolean): Promise<Record<string, unknown>> {
  const read = isJson ? (JSON.parse(text) as unknown) : await parseYaml(text);
  if (typeof read !== "object" || read === null || Array.isArray(read))
    throw new Error("it holds no names with values");
  return unwrapped(read as Record<string, unknown>);
}

/** W&B writes each setting as {value, desc}. */
function unwrapped(values: Record<string, unknown>): Record<string, unknown> {
  const wrapped = (v: unknown): v is { value: unknown } => typeof v === "object" && v !== null && "value" in v;
  const entries = Object.entries(values).filter(([key]) => !/^_?wandb(_version)?$/.test(key));
  if (entries.length === 0 || !entries.every(([, v]) => wrapped(v))) return values;
  return Object.fromEntries(entries.map(([key, v]) => [key, (v as { value: unknown }).value]));
}
