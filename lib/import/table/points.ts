import { type Mapping, type MappingField, pointOfValues, readersOf, valuesOf } from "../../mapping";
import { lossLabel, type RunPoint, recipeDimensions } from "../../run";
import type { ImportProblem } from "../imported";
import { decimalQuestion } from "./decimal";
import { foreignTable } from "./foreign";
import type { Table } from "./rows";

/** Runs of a table: point, line, name and raw row belong together by index. */
export type TablePoints = {
  points: RunPoint[];
  lines: number[];
  names: (string | null)[];
  problems: ImportProblem[];
  /** What was changed on reading: batches that were no whole number of sequences. */
  notes: ImportProblem[];
  /** Lines of runs that have not ended, and of those that ended without a result. */
  unfinished: number[];
  noResult: number[];
  /** A number that reads differently by decimal sign: nothing is read until it is said which. */
  question: ImportProblem | null;
};

const NOTHING = { points: [], lines: [], names: [], notes: [], unfinished: [], noResult: [] };

const REQUIRED = ["peakLr", "tokens", "finalLoss"] as const;
const BATCHES = ["batchSeqs", "batchTokens"] as const;

/** What may be left out: a law of the loss over size and tokens needs neither learning rates nor batches. */
export type PointOptions = { needs?: readonly (typeof REQUIRED)[number][] };

/**
 * One point a row. An unmapped dimension is read from a column of its own name where there is one. A loss that is no
 * finite number is a diverged run; an empty one is missing, unless a column says that the run diverged. Rows with a
 * problem give no point, each problem with line, field and value.
 */
export function pointsOfTable(table: Table, mapping: Mapping, { needs = REQUIRED }: PointOptions = {}): TablePoints {
  const { columns } = table;
  const full = { ...(needs.includes("peakLr") ? {} : { peakLr: "1", batchSeqs: "1" }), ...mapping };
  const { readers, problems: unreadable } = readersOf(full, columns);
  const problems = [
    ...unmapped(columns, (d) => full[d] !== undefined || readers.has(d)),
    ...unreadable.map(({ dimension, text, message }) => ({
      line: 1,
      field: dimension,
      value: text,
      message: `cannot be read: ${message}`,
    })),
  ];
  // A file of which nothing could be read says why, and not that its columns are missing.
  if (table.rows.length === 0 && table.problems.length > 0)
    return { ...NOTHING, problems: table.problems, question: null };
  if (problems.length > 0) return { ...NOTHING, problems, question: null };
  const question = decimalQuestion(table, full);
  if (question) return { ...NOTHING, problems: [question], question };
  problems.push(...table.problems);
  const points: RunPoint[] = [];
  const lines: number[] = [];
  const names: (string | null)[] = [];
  const notes: ImportProblem[] = [];
  const left = { unfinished: [] as number[], "no result": [] as number[] };
  table.rows.forEach((row, i) => {
    const line = table.lines[i]!;
    const { values, problems: found } = valuesOf(readers, (name) => (Object.hasOwn(row, name) ? row[name] : undefined));
    const ended = values.state !== "unfinished";
    const made = found.length > 0 && ended ? { point: null, problems: found } : pointOfValues(`line-${line}`, values);
    if ("left" in made && made.left) left[made.left].push(line);
    if (made.point) {
      points.push(made.point);
      lines.push(line);
      names.push(values.name);
      if ("rounded" in made && made.rounded !== undefined) {
        const message = `is no whole number of sequences; taken as ${made.point.batchSeqs}`;
        notes.push({ line, field: "batchSeqs", value: String(made.rounded), message });
      }
      return;
    }
    for (const p of made.problems) problems.push({ line, field: p.dimension, value: p.value, message: p.message });
  });
  return {
    ...{ points, lines, names, notes, unfinished: left.unfinished, noResult: left["no result"], question: null },
    problems: problems.sort((p, q) => p.line - q.line),
  };
}

/** What is needed and not read from anywhere: said once, with what there is. */
function unmapped(columns: readonly string[], isRead: (field: MappingField) => boolean): ImportProblem[] {
  const foreign = foreignTable(columns);
  const known =
    columns.length > 0
      ? `the table has ${columns.join(", ")}${foreign ? `: ${foreign}` : ""}`
      : "the table has no columns";
  const fields: [MappingField, string][] = REQUIRED.filter((d) => !isRead(d)).map((d) => [d, known]);
  if (!BATCHES.some(isRead)) fields.push(["batchSeqs", `map batchSeqs or batchTokens; ${known}`]);
  return fields.map(([field, what]) => ({ line: 1, field, value: "", message: `is not mapped; ${what}` }));
}

/**
 * Names that tell runs apart by all they were asked to do, so that reading a file again finds the same runs: the
 * dimensions without the result, and the how-manieth of equal ones a run is. What stood in a name once stays as it is:
 * the recipe came later, and is named only where it is known.
 */
export function identitiesOf(points: readonly RunPoint[]): string[] {
  const seen = new Map<string, number>();
  return points.map((p) => {
    const key = [
      `lr ${p.peakLr}`,
      `b ${p.batchSeqs}`,
      `T ${p.tokens}`,
      `N ${p.paramsNonEmbedding ?? "-"} ${p.paramsTotal ?? "-"} ${p.paramsActive ?? "-"}`,
      `w ${p.width ?? "-"} d ${p.depth ?? "-"} L ${p.seqLen ?? "-"} seed ${p.seed ?? "-"}`,
      `${p.architecture} | ${p.parametrization} | ${p.schedule} | ${p.data ?? "-"}`,
      ...(lossLabel(p) === "" ? [] : [`by ${lossLabel(p)}`]),
      ...recipeDimensions.flatMap((d) => (p[d] == null ? [] : [`${d} ${p[d]}`])),
    ].join(", ");
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? key : `${key} #${count}`;
  });
}
