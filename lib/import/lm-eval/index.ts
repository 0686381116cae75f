import { quoteWords } from "../../json";
import type { HistoryFormat } from "../history";
import { splitPath, wholeOf } from "../source";

const MOST_BYTES = 256 << 20;
const STEP = /(?:^|[_/-])(?:global_)?step[_-]?(\d+)(?=[_./-]|$)/i;

/** Results of lm-evaluation-harness: what one checkpoint scored, and no curve. */
export const lmEval: HistoryFormat = {
  name: "lm-eval",
  title: "results of lm-evaluation-harness",
  appends: false,
  restarts: "anywhere",
  groupOf: (file, { head, tail }) => {
    const text = new TextDecoder().decode(head);
    if (!/^\s*\{/.test(text) || !/"results"\s*:\s*\{/.test(text)) return null;
    const end = tail.length > 0 ? new TextDecoder().decode(tail) : text;
    const isResults = [text, end].some((part) =>
      /"(versions|n-shot|lm_eval_version)"\s*:|"config"\s*:\s*\{\s*"model/.test(part),
    );
    return isResults ? file.path : null;
  },
  async read([file], out) {
    const text = quoteWords(new TextDecoder().decode(await wholeOf(file!, MOST_BYTES)));
    let all: Record<string, unknown>;
    try {
      all = JSON.parse(text) as typeof all;
    } catch (e) {
      throw new Error(`it is no whole JSON: ${(e as Error).message}`);
    }
    if (typeof all.results !== "object" || all.results === null) throw new Error('it has no "results"');
    const run = out.run();
    const step = STEP.exec(splitPath(file!.path).name)?.[1] ?? STEP.exec(file!.path)?.[1];
    const scores = Object.entries(all.results).map(([task, values]) => [
      task,
      isObject(values) ? numbersOf(values) : values,
    ]);
    run.summary({ ...Object.fromEntries(scores), ...(step !== undefined && { step: Number(step) }) });
    if (isObject(all.config)) run.config(all.config);
    const name = all.model_name ?? (isObject(all.config) ? all.config.model_args : null);
    run.notes = typeof name === "string" ? name : "";
    run.state = "finished";
    if (typeof all.date === "number") run.startedAt = Math.round(all.date * 1000);
  },
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Scores; since version 0.4 they are called `acc,none` and `acc_stderr,none` after a filter. */
function numbersOf(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const isNumber = typeof value === "number" || value === "NaN";
      return isNumber ? [[name.replace(/,none$/, ""), value === "NaN" ? Number.NaN : value]] : [];
    }),
  );
}
