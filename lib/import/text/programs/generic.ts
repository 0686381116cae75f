import { type Counter, type Grammar, NUMBER } from "../grammar";

const WORDS = ["global_step", "global step", "step", "steps", "iteration", "iter", "update", "num_updates"];
const STEP = String.raw`(?:^|[^\w])(?:global[_ ]?step|steps?|iteration|iter|update|num_updates)["']?\s{0,9}[:=#]?\s{0,9}\[?\s{0,9}`;
/** What looks like a metric and is none: a place in a source, a process, a date, a step with a word before it. */
const NO_METRIC = String.raw`(?![\w.]+:\d+\])(?![\w. ]*\bpid[=:])(?!cuda:\d)(?!(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) )(?!(?:[A-Za-z_][\w./-]* ){1,2}(?<!\b(?:per|a|an|each|last) )(?:iter|iteration|step|update)[:= ]\s*\d)`;
/** What values of a framework are printed in: tensor(2.5, device='cuda:0'). */
const WRAPPED = String.raw`(?:(?:tensor|Array)\()?`;
const LOSS = String.raw`loss["']?\s{0,9}[:=]?\s{0,9}["']?${WRAPPED}(?:[-+]?\.?\d|nan|[-+]?inf)`;
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
        String.raw`^(?=.*?${STEP}(?<step>\d[\d,_]*(?:\.\d+)?)(?!\w|\.\d)(?:\s*(?:/|of)\s*(?<of>\d[\d,]*))?)(?<rest>.*${LOSS}.*)$`,
        "i",
      ),
      pairs: new RegExp(
        String.raw`(?<!\w)(?!(?:INFO|DEBUG|WARN|WARNING)\b)${NO_METRIC}([A-Za-z_][\w./-]*(?: [A-Za-z_][\w./-]*){0,2})["']?(?:\s*[:=]\s*|\s+)["']?${WRAPPED}((?:${NUMBER})(?:ms|s|%|[kKMBGT])?)(?![\w.#-]|:\S)`,
        "gi",
      ),
      counters: { ...STEPS, tokens: "tokens" },
    },
  ],
};
