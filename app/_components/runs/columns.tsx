import type { ReactNode } from "react";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { runState, State } from "../state";

export type RunRow = Outputs["run"]["query"]["runs"][number];

export interface Column {
  /** Key by which the list is sorted. */
  key: string;
  name: string;
  right?: boolean;
  show: (r: RunRow, names: RowNames) => ReactNode;
}

/** Counts and rates of the rows that are shown, written so that they differ as they do. */
export interface RowNames {
  tokens: (v: number) => string;
  params: (v: number) => string;
  lr: (v: number) => string;
}

export function rowNames(rows: readonly RunRow[]): RowNames {
  return {
    tokens: format.apart(
      rows.flatMap((r) => r.tokens ?? []),
      format.tokenCount,
    ),
    params: format.apart(
      rows.flatMap((r) => r.paramsNonEmbedding ?? []),
      format.paramCount,
    ),
    lr: format.apart(
      rows.flatMap((r) => r.peakLr ?? []),
      format.learningRate,
    ),
  };
}

/** The columns that every list of runs has. */
export const COLUMNS: Column[] = [
  { key: "state", name: "State", show: (r) => <State state={runState(r)} /> },
  {
    key: "paramsNonEmbedding",
    name: "Params (non-emb.)",
    right: true,
    show: (r, { params }) => <Real value={r.paramsNonEmbedding} text={params} />,
  },
  {
    key: "architecture",
    name: "Architecture",
    show: (r) =>
      `${r.architecture ?? "-"}${r.width ? ` w${r.width}` : ""}${r.parametrization === "standard" ? " standard" : ""}`,
  },
  { key: "batchSeqs", name: "Batch", right: true, show: (r) => format.batch(r.batchSeqs, r.seqLen) },
  { key: "tokens", name: "Tokens", right: true, show: (r, { tokens }) => <Real value={r.tokens} text={tokens} /> },
  { key: "peakLr", name: "Peak LR", right: true, show: (r, { lr }) => <Real value={r.peakLr} text={lr} /> },
  {
    key: "schedule",
    name: "Schedule",
    show: (r) => <span title={r.scheduleShape ?? undefined}>{r.schedule ?? "-"}</span>,
  },
  { key: "finalLoss", name: "Final loss", right: true, show: (r) => <Real value={r.finalLoss} text={format.loss} /> },
  { key: "trainLoss", name: "Train loss", right: true, show: (r) => <Real value={r.lastLoss} text={format.loss} /> },
  { key: "duration", name: "Duration", right: true, show: (r) => format.duration(r.wallSeconds) },
  {
    key: "created",
    name: "Created (UTC)",
    right: true,
    show: (r) => (
      <span title={r.createdAt.toISOString()}>{r.createdAt.toISOString().slice(0, 16).replace("T", " ")}</span>
    ),
  },
];

/** A column that somebody added: a config key, a field or a metric's statistic. */
export function addedColumn(key: string): Column {
  return {
    key,
    name: columnName(key),
    right: true,
    show: (r) => {
      const value = r.values[key];
      if (value == null) return "-";
      return <span title={value}>{valueText(key, value)}</span>;
    },
  };
}

/** `config.optimizer.lr` -> `optimizer.lr`; `metric("val/loss").min` -> `val/loss min`. */
export function columnName(key: string): string {
  const metric = /^metric\((".*")\)\.(\w+)$/.exec(key);
  if (metric) return `${JSON.parse(metric[1]!)} ${metric[2]}`;
  return key.replace(/^config\./, "");
}

/** A value of a key as pages write it: tokens as 1M, rates as 0.004, other numbers with six digits. */
function valueText(key: string, value: string, digits?: number): string {
  const number = Number(value);
  if (value.trim() === "" || Number.isNaN(number)) return value;
  if (key === "tokens") return format.tokenCount(number, digits);
  if (key.startsWith("params")) return format.paramCount(number, digits);
  if (key === "peakLr") return format.learningRate(number, digits);
  return format.significant(number, digits ?? 6);
}

/** The same for values that stand side by side: they differ as the values do. */
export const valueTexts = (key: string, values: Iterable<string>) =>
  format.apart(values, (value, digits) => valueText(key, value, digits));

function Real({ value, text }: { value: number | null; text: (v: number) => string }) {
  return <span title={value === null ? undefined : String(value)}>{value === null ? "-" : text(value)}</span>;
}
