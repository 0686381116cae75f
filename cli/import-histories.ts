import { parseArgs } from "node:util";
import { counted } from "@/lib/format";
import { type HistoryReport, histories, readHistories, reportJson } from "@/lib/import";
import { withFiles } from "./import-sources";

const OPTIONS = {
  project: { type: "string" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
} as const;

const USE = "etalon import PATH... --project SLUG [--map ...] [--dry-run] [--json]";

/** `import PATH... --project P`: runs with their curves from the logs and folders of other programs. */
export async function importHistories(args: string[]): Promise<number> {
  const { values, positionals: paths } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (paths.length === 0 || (!values.project && !values["dry-run"])) throw new Error(USE);
  const report = await withFiles(paths, async ({ files, problems }) => {
    const read = await readHistories(files, histories, {
      batch: async () => {},
      ended: async () => {},
      progress: (path, i, of) => void (of > 1 && process.stderr.write(`${i} of ${of}: ${path}\n`)),
    });
    return { ...read, problems: [...problems, ...read.problems] };
  });
  const json = reportJson(report, { project: values.project ?? null, now: Date.now(), ids: new Map() });
  process.stdout.write(values.json ? `${JSON.stringify(json)}\n` : told(report));
  return 0;
}

function told({ runs, files, problems }: HistoryReport): string {
  const lines = runs.map(
    ({ read, format }) =>
      `${read.name}: ${format.name}, ${counted(read.points, "point")}, ${counted(read.summaries().size, "metric")}`,
  );
  const unread = files.filter(({ format }) => format === null).length;
  const wrong = problems.map(
    ({ path, line, message }) => `${path}${line === null ? "" : `, line ${line}`}: ${message}`,
  );
  const sum = `${counted(runs.length, "run")} in ${counted(files.length - unread, "file")}; ${counted(unread, "other file")}`;
  return `${[...lines, ...wrong, sum].join("\n")}\n`;
}
