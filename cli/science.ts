import { readFile } from "node:fs/promises";
import Papa from "papaparse";
import type { RunPoint } from "@/lib/estimate";
import { parseFilter, parseMapping, pointsOfTable } from "@/lib/table";
import { runPoints } from "@/server/services/run";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

/** Options that both science commands share. */
export const SOURCE_OPTIONS = {
  project: { type: "string" },
  csv: { type: "string" },
  map: { type: "string", default: "" },
  arch: { type: "string" },
  json: { type: "boolean" },
} as const;

export interface Source {
  project?: string;
  csv?: string;
  map?: string;
  arch?: string;
}

const SHOWN_PROBLEMS = 20;

/** Run points of a project, or of a CSV file, for which no server is needed. */
export async function readPoints({ project, csv, map, arch }: Source): Promise<RunPoint[]> {
  if (project && !csv) return withDatabase(readSettings(), (ctx) => runPoints(ctx, { project }));
  if (!csv || project)
    throw new Error("say where the runs are: --project SLUG, or --csv FILE with --map lr=...,tokens=...,loss=...");
  const text = await readFile(csv, "utf8").catch((e: NodeJS.ErrnoException) => {
    throw new Error(`--csv: ${csv} cannot be read (${e.code})`);
  });
  const parsed = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });
  const bad = parsed.errors[0];
  if (bad) throw new Error(`${csv}, line ${(bad.row ?? 0) + 2}: ${bad.message}`);
  const mapping = { ...parseMapping(map ?? ""), ...(arch && { architecture: arch }) };
  const { points, problems } = pointsOfTable(parsed.data, parsed.meta.fields ?? [], mapping);
  if (problems.length > 0) {
    const lines = problems
      .slice(0, SHOWN_PROBLEMS)
      .map((p) => `${csv}, line ${p.line}: ${p.field} "${p.value}" ${p.message}`);
    const more = problems.length > SHOWN_PROBLEMS ? [`and ${problems.length - SHOWN_PROBLEMS} more`] : [];
    throw new Error([...lines, ...more].join("\n"));
  }
  return points;
}

/** Points of a group such as `width=32,tokens<=524288`. */
export function pointsWhere(points: readonly RunPoint[], filter: string | undefined): RunPoint[] {
  return filter ? points.filter(parseFilter(filter)) : [...points];
}
