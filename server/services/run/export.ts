import type { Context } from "@/server/context";
import { listRuns, type RunRow } from "./list";

const COLUMNS = [
  "id",
  "name",
  "state",
  "diverged",
  "sweepId",
  "architecture",
  "parametrization",
  "width",
  "depth",
  "paramsTotal",
  "paramsNonEmbedding",
  "paramsActive",
  "batchSeqs",
  "seqLen",
  "tokens",
  "peakLr",
  "schedule",
  "data",
  "seed",
  "finalLoss",
  "trainTailLoss",
  "lossMetric",
  "lossTaken",
  "wallSeconds",
  "createdAt",
  "startedAt",
  "finishedAt",
] as const satisfies readonly (keyof RunRow)[];

/** One row a run with all dimensions and the final loss, in full double precision; NaN and Infinity by name. */
export async function exportRuns(ctx: Context, input: { project: string; format: "csv" | "jsonl" }): Promise<string> {
  const rows = await listRuns(ctx, { project: input.project });
  if (input.format === "jsonl") {
    return rows.map((r) => `${JSON.stringify(Object.fromEntries(COLUMNS.map((c) => [c, plain(r[c])])))}\n`).join("");
  }
  const lines = rows.map((r) => COLUMNS.map((c) => csvCell(plain(r[c]))).join(","));
  return `${[COLUMNS.join(","), ...lines].join("\n")}\n`;
}

function plain(value: RunRow[(typeof COLUMNS)[number]]): string | number | boolean | null {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}

function csvCell(value: string | number | boolean | null): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
