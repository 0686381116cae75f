import type { RunPoint } from "../estimate";

/** Dimensions that a column, or a constant, of somebody else's table can stand for. */
export const tableFields = [
  "lr",
  "batchSeqs",
  "batchTokens",
  "tokens",
  "loss",
  "params",
  "paramsTotal",
  "paramsActive",
  "seqLen",
  "width",
  "depth",
  "architecture",
  "parametrization",
  "schedule",
  "data",
  "seed",
] as const;
export type TableField = (typeof tableFields)[number];

/** Field -> column name or constant. */
export type TableMapping = Partial<Record<TableField, string>>;

export type TableRow = Record<string, string>;

/** What is wrong with one cell: line of the file (the header is line 1), field, value, reason. */
export type TableProblem = { line: number; field: string; value: string; message: string };

export type TablePoints = { points: RunPoint[]; problems: TableProblem[] };

const TEXT_FIELDS = new Set<TableField>(["architecture", "parametrization", "schedule", "data"]);
const REQUIRED = ["lr", "tokens", "loss"] as const;
const DIVERGED = /^(|nan|[+-]?inf(inity)?|null|none)$/i;

/**
 * Reads `lr=lr,batchSeqs=bs,loss="smooth loss",seqLen=2048`. Quotes protect commas and spaces.
 * Throws an Error that names an unknown field or a part that is not `field=column`.
 */
export function parseMapping(text: string): TableMapping {
  const mapping: TableMapping = {};
  for (const part of text.match(/(?:[^,"]|"[^"]*")+/g) ?? []) {
    const [, field = "", column = ""] = /^\s*(\w+)\s*=\s*"?(.*?)"?\s*$/.exec(part) ?? [];
    if (!column) throw new Error(`mapping: "${part}" is not of the form field=column`);
    if (!(tableFields as readonly string[]).includes(field)) {
      throw new Error(`mapping: "${field}" is not a dimension; use ${tableFields.join(", ")}`);
    }
    mapping[field as TableField] = column;
  }
  return mapping;
}

/**
 * One point a row. A mapped name that is no column is a constant (a number, or a word for the text fields). An empty or
 * non-finite loss is a diverged run. Rows with a problem give no point.
 */
export function pointsOfTable(
  rows: readonly TableRow[],
  columns: readonly string[],
  mapping: TableMapping,
): TablePoints {
  const problems = mappingProblems(columns, mapping);
  if (problems.length > 0) return { points: [], problems };
  const points: RunPoint[] = [];
  rows.forEach((row, i) => {
    const line = i + 2;
    const cell = cellReader(row, columns, mapping);
    const found: TableProblem[] = [];
    const number = (field: TableField, required = false): number | null => {
      const text = cell(field)?.trim() ?? "";
      if (text === "") {
        if (required) found.push({ line, field, value: text, message: "is missing" });
        return null;
      }
      const value = Number(text);
      if (Number.isFinite(value) && (value > 0 || field === "seed")) return value;
      found.push({ line, field, value: text, message: "is not a positive number" });
      return null;
    };
    const lr = number("lr", true);
    const tokens = number("tokens", true);
    const seqLen = number("seqLen");
    const batchTokens = number("batchTokens");
    const batchSeqs =
      number("batchSeqs") ?? (batchTokens !== null && seqLen !== null ? batchTokens / seqLen : batchTokens);
    if (batchSeqs === null)
      found.push({ line, field: "batchSeqs", value: "", message: "is missing; map batchSeqs or batchTokens" });
    const lossText = cell("loss")?.trim() ?? "";
    const loss = DIVERGED.test(lossText) ? Number.NaN : Number(lossText);
    if (!DIVERGED.test(lossText) && Number.isNaN(loss))
      found.push({ line, field: "loss", value: lossText, message: "is not a number" });
    const optional = {
      width: number("width"),
      depth: number("depth"),
      params: { nonEmbedding: number("params"), total: number("paramsTotal"), active: number("paramsActive") },
      seed: number("seed"),
    };
    if (found.length > 0 || lr === null || tokens === null || batchSeqs === null) {
      problems.push(...found);
      return;
    }
    points.push({
      runId: `line-${line}`,
      architecture: cell("architecture") ?? "unknown",
      parametrization: cell("parametrization") ?? "unknown",
      ...optional,
      seqLen,
      batchSeqs,
      tokens,
      peakLr: lr,
      schedule: cell("schedule") ?? "unknown",
      data: cell("data") ?? null,
      state: Number.isFinite(loss) ? "finished" : "diverged",
      loss,
    });
  });
  return { points, problems };
}

function mappingProblems(columns: readonly string[], mapping: TableMapping): TableProblem[] {
  const missing = REQUIRED.filter((field) => mapping[field] === undefined && !columns.includes(field));
  const unknown = Object.entries(mapping).filter(
    ([field, name]) => !columns.includes(name) && !TEXT_FIELDS.has(field as TableField) && Number.isNaN(Number(name)),
  );
  const known = `the table has ${columns.join(", ")}`;
  return [
    ...missing.map((field) => ({ line: 1, field, value: "", message: `is not mapped; ${known}` })),
    ...unknown.map(([field, value]) => ({
      line: 1,
      field,
      value,
      message: `is neither a column nor a number; ${known}`,
    })),
  ];
}

/** A field's text in a row: its mapped column, its constant, or the column of the field's own name. */
function cellReader(row: TableRow, columns: readonly string[], mapping: TableMapping) {
  return (field: TableField): string | undefined => {
    const name = mapping[field];
    if (name === undefined) return columns.includes(field) ? row[field] : undefined;
    return columns.includes(name) ? row[name] : name;
  };
}
