import { quoteWords, syntaxError } from "../../json";
import { type SourceFile, wholeOf } from "../source";

const MOST_BYTES = 512 << 20;

export interface State {
  file: SourceFile;
  globalStep: number;
  rows: Record<string, unknown>[];
  /** All but the rows. */
  rest: Record<string, unknown>;
  /** Why there may be less in it than its program wrote. */
  problem: string | null;
}

/** What a trainer_state.json says; throws an Error that says why nothing. */
export async function stateOf(file: SourceFile): Promise<State> {
  if (file.size === 0) throw new Error("the file is empty");
  const text = quoteWords(new TextDecoder().decode(await wholeOf(file, MOST_BYTES)));
  let all: unknown;
  let problem: string | null = null;
  try {
    all = JSON.parse(text);
  } catch {
    const rows = rowsBeforeBreak(text);
    if (rows.length === 0) throw new Error(`it is no JSON: ${syntaxError(text)?.message ?? "it breaks off"}`);
    problem = `it is no whole JSON: the ${rows.length} rows of log_history before the break were read`;
    all = { log_history: rows };
  }
  if (!isObject(all) || !Array.isArray(all.log_history)) throw new Error('it has no list "log_history"');
  const { log_history, ...rest } = all;
  const rows = (log_history as unknown[]).filter(isObject);
  const globalStep = numberOf(rest.global_step) ?? numberOf(rows.at(-1)?.step) ?? -1;
  return { file, rest, globalStep, rows, problem };
}

/** Rows of a file that is cut; they hold no objects of their own. */
function rowsBeforeBreak(text: string): unknown[] {
  const from = /"log_history"\s*:\s*\[/.exec(text);
  if (!from) return [];
  const rows: unknown[] = [];
  for (const [row] of text.slice(from.index + from[0].length).matchAll(/\{[^{}]*\}/g)) {
    try {
      rows.push(JSON.parse(row));
    } catch {
      break;
    }
  }
  return rows;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers that are not finite come as their names. */
export function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return null;
  if (/^[+-]?nan$/i.test(value)) return Number.NaN;
  const match = /^([+-]?)inf(inity)?$/i.exec(value);
  return match ? (match[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : null;
}
