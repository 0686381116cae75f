import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { counted } from "@/lib/format";
import {
  type FoundRun,
  type Hasher,
  type HistoryReport,
  histories,
  readHistories,
  reportJson,
  type Sent,
  sendHistories,
} from "@/lib/import";
import { parseMapping } from "@/lib/mapping";
import { apiOf } from "./api";
import { apiKey } from "./api-key";
import { withFiles } from "./import-sources";
import { watchPaths } from "./import-watch";
import { localUrl, readSettings } from "./settings";

const OPTIONS = {
  project: { type: "string" },
  map: { type: "string" },
  server: { type: "string" },
  "key-file": { type: "string" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  watch: { type: "boolean" },
} as const;

const WATCH_EVERY_MS = 2_000;

const USE =
  "etalon import PATH... --project SLUG [--map lr=...,batchSeqs=...] [--watch] [--dry-run] [--json] [--server URL] [--key-file FILE]";

/** `import PATH... --project P`: runs with their curves from the logs and folders of other programs. */
export async function importHistories(args: string[]): Promise<number> {
  const { values, positionals: paths } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const { project, json } = values;
  if (paths.length === 0 || (!project && !values["dry-run"])) throw new Error(USE);
  const mapping = values.map ? parseMapping(values.map) : null;
  const progress = (path: string, i: number, of: number) =>
    void (of > 1 && process.stderr.write(`${i} of ${of}: ${path}\n`));
  const now = Date.now();
  if (values["dry-run"] || !project) {
    const none = async () => {};
    const report = await withFiles(paths, async ({ files, problems }) => {
      const read = await readHistories(files, histories, { batch: none, ended: none, progress });
      return { ...read, problems: [...problems, ...read.problems] };
    });
    print(report, { project: project ?? null, now, json, ids: new Map() });
    return 0;
  }
  const server = apiOf({ url: serverUrl(values.server), key: await serverKey(values["key-file"]) });
  const title = paths
    .map((path) => basename(resolve(path)))
    .join(", ")
    .slice(0, 500);
  const options = { project, title, formats: histories, mapping, hasher: sha256, now, progress };
  if (values.watch) {
    const end = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => end.abort());
    const told = (sent: Sent) => print(sent.report, { project, now: Date.now(), json, ids: sent.ids });
    const { now: _, ...lasting } = options;
    const failed = (e: Error) => void process.stderr.write(`${e.message}; tried again in a moment\n`);
    await watchPaths(paths, server, lasting, { everyMs: WATCH_EVERY_MS, signal: end.signal, told, failed });
    return 0;
  }
  const { report, ids, created, updated, unchanged } = await withFiles(paths, async ({ files, problems }) => {
    const sent = await sendHistories(files, server, options);
    return { ...sent, report: { ...sent.report, problems: [...problems, ...sent.report.problems] } };
  });
  print(report, { project, now, json, ids });
  process.stderr.write(`${created} new, ${updated} updated, ${unchanged} unchanged\n`);
  return 0;
}

function serverUrl(given: string | undefined): string {
  return (given ?? process.env.ETALON_URL ?? localUrl(readSettings())).replace(/\/+$/, "");
}

async function serverKey(file: string | undefined): Promise<string> {
  const key = file === undefined ? await apiKey() : (await readFile(file, "utf8")).trim();
  if (key) return key;
  throw new Error(
    "an API key with the scopes read and write is needed in ETALON_API_KEY, ETALON_API_KEY_FILE or --key-file; `npx etalon key create --scopes read,write` makes one",
  );
}

function sha256(): Hasher {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), soFar: () => hash.copy().digest("hex") };
}

function print(
  report: HistoryReport,
  { json, ...of }: { project: string | null; now: number; json: boolean | undefined; ids: Map<FoundRun, string> },
): void {
  process.stdout.write(json ? `${JSON.stringify(reportJson(report, of))}\n` : told(report));
}

function told({ runs, files, problems }: HistoryReport): string {
  const lines = runs.map(
    ({ read, format }) =>
      `${read.name}: ${format.title}, ${counted(read.points, "point")}, ${counted(read.summaries().size, "metric")}`,
  );
  const unread = files.filter(({ format }) => format === null).length;
  const strange = files
    .filter((f) => f.strange > 0)
    .map((f) => `${f.path}: ${f.strange} of ${counted(f.lines, "line")} not understood`);
  const wrong = problems.map(
    ({ path, line, message }) => `${path}${line === null ? "" : `, line ${line}`}: ${message}`,
  );
  const sum = `${counted(runs.length, "run")} in ${counted(files.length - unread, "file")}; ${counted(unread, "other file")}`;
  return `${[...lines, ...strange, ...wrong, sum].join("\n")}\n`;
}
