import { type Counter, type Grammar, NUMBER } from "../grammar";

const WORDS = ["global_step", "global step", "step", "steps", "iteration", "iter", "update", "num_updates"];
const STEP = String.raw`(?:^|[^\w])(?:global[_ ]?step|steps?|iteration|iter|update|num_updates)["']?\s{0,9}[:=#]?\s{0,9}\[?\s{0,9}`;
const LOSS = String.raw`loss["']?\s{0,9}[:=]?\s{0,9}["']?(?:[-+]?\.?\d|nan|[-+]?inf)`;
const forms = (word: string) => [word, word.toUpperCase(), word[0]!.toUpperCase() + word.slice(1)];
const STEPS = Object.fromEntries(WORDS.flatMap(forms).map((word) => [word, "skip" satisfies Counter]));

/** Any line that says a step and a loss, in any order; a metric's name is the words before its value. */
export const generic: Grammar = {
  name: "log-lines",
  title: "lines with a step and a loss",
  sign: new RegExp(`^(?!\\s*\\{"|\\s*[|#>]|.*\`)(?=.*${STEP}\\d).*${LOSS}`, "i"),
  rows: [
    {
      has: "oss",
      line: new RegExp(
        String.raw`^(?=.*?${STEP}(?<step>\d[\d,]*)(?:\s*(?:/|of)\s*(?<of>\d[\d,]*))?)(?<rest>.*${LOSS}.*)$`,
        "i",
      ),
      pairs: new RegExp(
        String.raw`(?<![A-Za-z_])(?!(?:INFO|DEBUG|WARN|WARNING)\b)([A-Za-z_][\w./-]*(?: [A-Za-z_][\w./-]*){0,2})["']?(?:\s*[:=]\s*|\s+)["']?((?:${NUMBER})(?:ms|s|%|[kKMBGT])?)(?![\w.-]|:\S)`,
        "gi",
      ),
      counters: { ...STEPS, tokens: "tokens" },
    },
  ],
};
