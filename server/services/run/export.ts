import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { writeJson } from "@/lib/json";
import { dimensionNames } from "@/lib/run";
import { authorise, type Context } from "@/server/context";
import { csvCell } from "../csv";
import { resolveProject } from "../project/internal";
import { filterOf } from "./filter-of";
import { columns, type RunRow } from "./list";
import { selected } from "./which";

const COLUMNS = [
  "id",
  "name",
  "state",
  "diverged",
  "tags",
  "notes",
  "sweepId",
  ...dimensionNames,
  "wallSeconds",
  "createdAt",
  "startedAt",
  "finishedAt",
] as const satisfies readonly (keyof RunRow)[];

const ROWS_A_READ = 2_000;

export interface RunExport {
  project: string;
  format: "csv" | "jsonl";
  /** Of the run list; without it all runs. */
  filter?: string;
  sweepId?: string;
  selection?: string;
}

/**
 * One row a run with all dimensions and the final loss, in full double precision, NaN and Infinity by name: every run,
 * in the order in which they were made, some at a time.
 */
export async function exportRuns(ctx: Context, input: RunExport): Promise<AsyncGenerator<string>> {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const where = and(
    eq(runs.projectId, project.id),
    input.sweepId ? eq(runs.sweepId, input.sweepId) : undefined,
    input.selection ? await selected(ctx, input.selection) : undefined,
    filterOf(input.filter ?? ""),
  )!;
  return written(pages(ctx, where), input.format);
}

async function* written(rows: AsyncGenerator<RunRow[]>, format: "csv" | "jsonl"): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join(",")}\n`;
  for await (const part of rows) yield part.map((r) => (format === "csv" ? csvLine(r) : jsonLine(r))).join("");
}

function csvLine(row: RunRow): string {
  return `${COLUMNS.map((c) => csvCell(cell(row[c]))).join(",")}\n`;
}

function jsonLine(row: RunRow): string {
  return `${writeJson(Object.fromEntries(COLUMNS.map((c) => [c, row[c]])))}\n`;
}

function cell(value: RunRow[(typeof COLUMNS)[number]]): string | number | boolean | null {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.join(" ") : value;
}

/** By the time of creation as the database has it, which is finer than a `Date`. */
async function* pages(ctx: Context, where: SQL): AsyncGenerator<RunRow[]> {
  for (let after: { at: string; id: string } | null = null; ; ) {
    const place: SQL | undefined = after
      ? sql`(${runs.createdAt}, ${runs.id}) > (${after.at}::timestamptz, ${after.id}::uuid)`
      : undefined;
    const rows: (RunRow & { at: string })[] = await ctx.db
      .select({ ...columns, at: sql<string>`${runs.createdAt}::text` })
      .from(runs)
      .where(and(where, place))
      .orderBy(asc(runs.createdAt), asc(runs.id))
      .limit(ROWS_A_READ);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_A_READ) return;
    after = { at: last.at, id: last.id };
  }
}
