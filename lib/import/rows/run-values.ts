import { isMissing, numberIn } from "./cells";

/** What is measured of a run, at the end of a name; what may follow it says how it was taken. */
const MEASURED =
  /(?:^|[/_. -])(?:loss|losses|perplexity|ppl|acc|accuracy|bpb|bpc|nll|error|reward|score|f1|auc|bleu|rouge\w?|wer|mse|rmse|mae|r2|mfu|grad_?norm|throughput|epoch)(?:@\d+|[/_. -](?:avg|mean|median|std|min|max|best|final|last|ema|sum|epoch|step|top\d+|\d+))*$/i;
const STEPS = ["trainer/global_step", "train/global_step", "global_step", "step", "iteration", "iter"];

/** Whether a column of a list that does not say it holds values and no settings: by its name. */
export function isMeasured(name: string): boolean {
  return name.startsWith("_") || name.includes("/") || MEASURED.test(name);
}

/** The cell that says the last step of a run, surer names first. */
export function stepOf(cells: readonly (readonly [string, unknown])[]): string | null {
  for (const step of STEPS) {
    const found = cells.find(([name, cell]) => name === step && !isMissing(cell) && numberIn(cell) !== null);
    if (found) return String(found[1]);
  }
  return null;
}

/** A setting as its program had it: a number where all of its digits are kept, a list, a word; null where none is. */
export function settingIn(text: string): unknown {
  if (/^(null|undefined)$/.test(text)) return null;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (/^-?(NaN|Infinity)$/.test(text)) return Number(text);
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : text;
  if (/^-?\d*\.?\d+(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
