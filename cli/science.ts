import { pointFilter } from "@/lib/filter";
import { type PointOptions, readTablePoints } from "@/lib/import";
import type { RunPoint } from "@/lib/run";
import { unfinishedRuns } from "@/server/services/fit";
import { runPoints } from "@/server/services/run";
import { withDatabase } from "./database";
import { importOptions, readImportFile, type Source, tellOfFile, unreadable } from "./import-file";
import { readSettings } from "./settings";

/** Run points of a project, or of a table file, for which no server is needed. */
export async function readPoints(source: Source, options: PointOptions = {}): Promise<RunPoint[]> {
  const { project, csv } = source;
  if (project && !csv) return withDatabase(readSettings(), (ctx) => runPoints(ctx, { project }));
  if (!csv || project)
    throw new Error("say where the runs are: --project SLUG, or --csv FILE with --map lr=...,tokens=...,loss=...");
  return readTableFile(csv, source, options);
}

/** Runs of a project that have no result, or of these the queued and running ones; a table says nothing of such. */
export async function readUnfinished({ project }: Source, of: { open?: boolean } = {}): Promise<RunPoint[]> {
  return project ? withDatabase(readSettings(), (ctx) => unfinishedRuns(ctx, { project, ...of })) : [];
}

/** Points of a table file; without --map the columns are guessed. */
async function readTableFile(path: string, source: Source, options: PointOptions): Promise<RunPoint[]> {
  const file = await readImportFile(path);
  const read = await readTablePoints(file, { ...importOptions(source), ...options }).catch(unreadable(path));
  tellOfFile(path, { ...read, skip: source["skip-bad-rows"], good: read.points.length });
  return read.points;
}

/** Points of a group such as `width=32,tokens<=524288`. */
export function pointsWhere(points: readonly RunPoint[], filter: string | undefined): RunPoint[] {
  return points.filter(pointFilter(filter ?? ""));
}
