import { quoteWords } from "../../json";
import type { HistoryFormat } from "../history";
import { wholeOf } from "../source";

const MOST_BYTES = 64 << 20;

/** The values that Megatron-LM's functional tests hold a run to. */
export const megatronGolden: HistoryFormat = {
  name: "megatron-golden",
  title: "golden values of Megatron-LM",
  appends: false,
  restarts: "anywhere",
  groupOf: (file, { head }) => {
    const text = new TextDecoder().decode(head);
    return /^\s*\{\s*"[^"]+"\s*:\s*\{\s*"(start_step|end_step|step_interval|values)"\s*:/.test(text) &&
      text.includes('"step_interval"')
      ? file.path
      : null;
  },
  async read([file], out) {
    const text = quoteWords(new TextDecoder().decode(await wholeOf(file!, MOST_BYTES)));
    let metrics: Record<string, Metric>;
    try {
      metrics = JSON.parse(text) as typeof metrics;
    } catch (e) {
      throw new Error(`it is no whole JSON: ${(e as Error).message}`);
    }
    const run = out.run();
    for (const [name, metric] of Object.entries(metrics)) {
      for (const [step, value] of pointsOf(metric)) {
        const number = numberOf(value);
        if (number !== null && Number.isFinite(step)) run.point(name, step, number);
      }
    }
  },
};

interface Metric {
  start_step?: number;
  step_interval?: number;
  /** By step, or in files of before 2025 a list from the first step on. */
  values?: Record<string, unknown> | unknown[];
}

function pointsOf({ start_step = 0, step_interval = 1, values = {} }: Metric): [number, unknown][] {
  if (Array.isArray(values)) return values.map((value, i) => [start_step + i * step_interval, value]);
  const points = Object.entries(values).map(([step, value]): [number, unknown] => [Number(step), value]);
  return points.sort((p, q) => p[0] - q[0]);
}

/** Null for what was not logged at a step; Megatron writes "nan" there. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (value === "NaN") return Number.NaN;
  return value === "Infinity" ? Number.POSITIVE_INFINITY : value === "-Infinity" ? Number.NEGATIVE_INFINITY : null;
}
