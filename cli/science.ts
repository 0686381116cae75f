import { readFile } from "node:fs/promises";
import { pointFilter } from "@/lib/filter";
import { counted } from "@/lib/format";
import { guessMapping, type Mapping, parseMapping } from "@/lib/mapping";
import type { RunPoint } from "@/lib/run";
import {
  foreignFile,
  formatOf,
  type PointOptions,
  pointsOfTable,
  readTable,
  type Table,
  type TablePoints,
} from "@/lib/table";
import { runPoints } from "@/server/services/run";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

/** Options that the science commands share. */
export const SOURCE_OPTIONS = {
  project: { type: "string" },
  csv: { type: "string" },
  map: { type: "string" },
  arch: { type: "string" },
  "skip-bad-rows": { type: "boolean" },
  decimal: { type: "string" },
  json: { type: "boolean" },
} as const;

export interface Source {
  project?: string;
  csv?: string;
  map?: string;
  arch?: string;
  "skip-bad-rows"?: boolean;
  decimal?: string;
}

const SHOWN_PROBLEMS = 20;

/** Run points of a project, or of a table file, for which no server is needed. */
export async function readPoints(source: Source, options: PointOptions = {}): Promise<RunPoint[]> {
  const { project, csv } = source;
  if (project && !csv) return withDatabase(readSettings(), (ctx) => runPoints(ctx, { project }));
  if (!csv || project)
    throw new Error("say where the runs are: --project SLUG, or --csv FILE with --map lr=...,tokens=...,loss=...");
  return (await readTableFile(csv, source, options)).points;
}

/**
 * Points of a table file; without --map the columns are guessed. Bad rows stop the command, or are left out and counted
 * on stderr with --skip-bad-rows.
 */
export async function readTableFile(
  path: string,
  { map, arch, "skip-bad-rows": skip, decimal }: Source,
  options: PointOptions = {},
): Promise<TablePoints & { mapping: Mapping; table: Table }> {
  if (decimal !== undefined && decimal !== "point" && decimal !== "comma") {
    throw new Error(`--decimal: "${decimal}" is not point or comma`);
  }
  const bytes = await readFile(path).catch((e: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${e.code})`);
  });
  const foreign = foreignFile(path, bytes);
  if (foreign) throw new Error(`${path} cannot be read: ${foreign}`);
  const table = await readTable(bytes, formatOf(path) ?? "csv", decimal).catch((e: Error) => {
    throw new Error(`${path} cannot be read: ${e.message}`);
  });
  const mapping = { ...(map ? parseMapping(map) : guessMapping(table.columns)), ...(arch && { architecture: arch }) };
  const read = pointsOfTable(table, mapping, options);
  const lines = read.problems.map((p) => `${path}, line ${p.line}: ${p.field} "${p.value}" ${p.message}`);
  const more = lines.length > SHOWN_PROBLEMS ? [`and ${lines.length - SHOWN_PROBLEMS} more`] : [];
  const told = [...lines.slice(0, SHOWN_PROBLEMS), ...more].join("\n");
  const fatal = !skip || read.question || (read.points.length === 0 && read.problems.some((p) => p.line === 1));
  if (lines.length > 0 && fatal) throw new Error(told);
  if (lines.length > 0)
    process.stderr.write(`${told}\nleft out ${new Set(read.problems.map((p) => p.line)).size} rows\n`);
  for (const [lines, why] of [
    [read.unfinished, "not ended"],
    [read.noResult, "no result"],
  ] as const) {
    if (lines.length > 0)
      process.stderr.write(`left out ${counted(lines.length, "run")} (${why}): line ${listed(lines)}\n`);
  }
  for (const n of read.notes.slice(0, SHOWN_PROBLEMS)) {
    process.stderr.write(`${path}, line ${n.line}: ${n.field} ${n.value} ${n.message}\n`);
  }
  return { ...read, mapping, table };
}

function listed(lines: readonly number[]): string {
  const more = lines.length > SHOWN_PROBLEMS ? ` and ${lines.length - SHOWN_PROBLEMS} more` : "";
  return lines.slice(0, SHOWN_PROBLEMS).join(", ") + more;
}

/** Points of a group such as `width=32,tokens<=524288`. */
export function pointsWhere(points: readonly RunPoint[], filter: string | undefined): RunPoint[] {
  return points.filter(pointFilter(filter ?? ""));
}
