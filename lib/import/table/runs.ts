import { findBadText } from "../../protocol";
import { eachDimension, type RunPoint } from "../../run";
import { type ImportedRun, type ImportProblem, importedRunSchema } from "../imported";
import { identitiesOf, type TablePoints } from "./points";
import type { Cell, Table, TableRow } from "./rows";

/** The rows of a table as runs to store; one that cannot be stored is a problem of its own and costs no other. */
export function importedRuns(read: TablePoints, table: Table): { runs: ImportedRun[]; problems: ImportProblem[] } {
  const rowAt = new Map(table.lines.map((line, i) => [line, table.rows[i]!]));
  const identities = identitiesOf(read.points);
  const runs: ImportedRun[] = [];
  const problems: ImportProblem[] = [];
  read.points.forEach((point, i) => {
    const line = read.lines[i]!;
    const run = importedRun(point, {
      line,
      identity: identities[i]!,
      name: read.names[i] ?? null,
      row: rowAt.get(line)!,
    });
    const parsed = importedRunSchema.safeParse(run);
    const bad = parsed.success ? findBadText(run) : null;
    if (parsed.success && !bad) {
      runs.push(run);
      return;
    }
    const issue = parsed.error?.issues[0];
    const field = bad?.field ?? issue?.path.join(".") ?? "row";
    const value = String(run[field as keyof ImportedRun] ?? "").slice(0, 100);
    problems.push({
      line,
      field,
      value,
      message: bad ? `may not contain ${bad.what}` : (issue?.message ?? "cannot be stored"),
    });
  });
  return { runs, problems };
}

/** What a row of a table is as a stored run. */
function importedRun(
  point: RunPoint,
  { line, identity, name, row }: { line: number; identity: string; name: string | null; row: TableRow },
): ImportedRun {
  const { runId: _, state, trainLossQuartile: _quartile, tags: _tags, ...described } = point;
  const known = (value: number | null | undefined) =>
    value !== null && value !== undefined && value > 0 && Number.isFinite(value) ? value : null;
  return {
    ...(eachDimension((d) => described[d] ?? null) as Omit<
      ImportedRun,
      "line" | "identity" | "name" | "diverged" | "config"
    >),
    line,
    identity,
    name: name?.slice(0, 200) || null,
    diverged: state === "diverged",
    finalLoss: known(point.finalLoss),
    trainTailLoss: known(point.trainTailLoss),
    config: Object.fromEntries(Object.entries(row).map(([k, v]) => [k, storable(v)])),
  };
}

/** JSON has no word for NaN and the infinities. */
function storable(cell: Cell): Cell {
  return typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell;
}
