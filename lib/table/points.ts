import { type Mapping, pointOfDimensions, readersOf, valuesOf } from "../dimensions";
import { lossLabel, type RunPoint } from "../estimate";
import type { Table, TableProblem } from "./read";

/** Runs of a table: point, line and raw row belong together by index. */
export type TablePoints = { points: RunPoint[]; lines: number[]; problems: TableProblem[] };

const REQUIRED = ["lr", "tokens", "loss"] as const;

/** What may be left out: a law of the loss over size and tokens needs neither learning rates nor batches. */
export type PointOptions = { needs?: readonly (typeof REQUIRED)[number][] };

/**
 * One point a row. An unmapped dimension is read from a column of its own name where there is one. An empty or non-finite
 * loss is a diverged run. Rows with a problem give no point, each problem with line, field and value.
 */
export function pointsOfTable(table: Table, mapping: Mapping, { needs = REQUIRED }: PointOptions = {}): TablePoints {
  const { columns } = table;
  const full = { ...(needs.includes("lr") ? {} : { lr: "1", batchSeqs: "1" }), ...mapping };
  const { readers, problems: unreadable } = readersOf(full, columns);
  const known = `the table has ${columns.join(", ")}`;
  const problems: TableProblem[] = [
    ...REQUIRED.filter((d) => full[d] === undefined && !readers.has(d)).map((field) => ({
      line: 1,
      field,
      value: "",
      message: `is not mapped; ${known}`,
    })),
    ...unreadable.map(({ dimension, text, message }) => ({
      line: 1,
      field: dimension,
      value: text,
      message: `cannot be read: ${message}`,
    })),
  ];
  if (problems.length > 0) return { points: [], lines: [], problems };
  problems.push(...table.problems);
  const points: RunPoint[] = [];
  const lines: number[] = [];
  table.rows.forEach((row, i) => {
    const line = table.lines[i]!;
    const { values, problems: found } = valuesOf(readers, (name) => (Object.hasOwn(row, name) ? row[name] : undefined));
    const made = found.length > 0 ? { point: null, problems: found } : pointOfDimensions(`line-${line}`, values);
    if (made.point) {
      points.push(made.point);
      lines.push(line);
      return;
    }
    for (const p of made.problems) problems.push({ line, field: p.dimension, value: p.value, message: p.message });
  });
  return { points, lines, problems: problems.sort((p, q) => p.line - q.line) };
}

/**
 * Names that tell runs apart by all they were asked to do, so that reading a file again finds the same runs: the
 * dimensions without the result, and the how-manieth of equal ones a run is.
 */
export function identitiesOf(points: readonly RunPoint[]): string[] {
  const seen = new Map<string, number>();
  return points.map((p) => {
    const { total, nonEmbedding, active } = p.params;
    const key = [
      `lr ${p.peakLr}`,
      `b ${p.batchSeqs}`,
      `T ${p.tokens}`,
      `N ${nonEmbedding ?? "-"} ${total ?? "-"} ${active ?? "-"}`,
      `w ${p.width ?? "-"} d ${p.depth ?? "-"} L ${p.seqLen ?? "-"} seed ${p.seed ?? "-"}`,
      `${p.architecture} | ${p.parametrization} | ${p.schedule} | ${p.data ?? "-"}`,
      ...(lossLabel(p) === "" ? [] : [`by ${lossLabel(p)}`]),
    ].join(", ");
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? key : `${key} #${count}`;
  });
}
