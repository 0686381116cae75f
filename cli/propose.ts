import { parseArgs } from "node:util";
import { fitLaw, type LawPoint } from "@/lib/fit";
import { counted, learningRate, significant, tokenCount } from "@/lib/format";
import { type Proposal, proposeRuns } from "@/lib/propose";
import { knownParams } from "@/lib/run";
import { FIT_OPTIONS, fitSettings } from "./fit";
import { SOURCE_OPTIONS } from "./import-file";
import { pointsWhere, readPoints, readUnfinished } from "./science";
import { positive, readTarget } from "./target";

const EXAMPLE = "--target tokens=10B,batchSeqs=512,params=1B";
const NAMES = ["tokens", "batchSeqs", "params", "seqLen"] as const;

/**
 * `propose --project P | --csv FILE --map ... --target tokens=T,batchSeqs=B[,params=N] --budget-tokens X [--json]`: the
 * next runs by what they are worth for the learning rate of the target.
 */
export async function proposeCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      ...SOURCE_OPTIONS,
      ...FIT_OPTIONS,
      where: { type: "string" },
      target: { type: "string" },
      "budget-tokens": { type: "string" },
    },
  });
  const target = targetOf(values.target);
  const budgetTokens = positive("--budget-tokens", values["budget-tokens"], "--budget-tokens 1B");
  const chosen = fitSettings({ ...values, estimator: "surface" });
  const points = pointsWhere(await readPoints(values), values.where);
  const paramDefinition = values.params ? chosen.paramDefinition : knownParams(points);
  const result = fitLaw(points, { ...chosen, where: undefined, paramDefinition, bootstrap: 0 });
  if (!result.fit) throw new Error(`there is no law yet: ${result.notIdentifiable?.message}`);
  const open = pointsWhere(await readUnfinished(values, { open: true }), values.where);
  const proposal = proposeRuns(result, { target, budgetTokens, open });
  if (!proposal)
    throw new Error(
      `--form ${chosen.form}: this form knows no batch, or not the size of the target; take power-free or power-free-size`,
    );
  process.stdout.write(values.json ? `${JSON.stringify(proposal)}\n` : textOf(proposal));
  return 0;
}

/** "tokens=10B,batchSeqs=512,params=1B" as a point; numbers as filters have them. */
export function targetOf(text: string | undefined): LawPoint {
  const { tokens, batchSeqs, params = null, seqLen = null } = readTarget(text, { names: NAMES, example: EXAMPLE });
  return { tokens: needed("tokens", tokens), batchSeqs: needed("batchSeqs", batchSeqs), params, seqLen };
}

function needed(name: string, value: number | undefined): number {
  return value ?? positive(`--target ${name}=`, undefined, EXAMPLE);
}

function textOf({ runs, costTokens, regretNow, regretOpen, open, regretAfter, sentence }: Proposal): string {
  const percent = (regret: number) => `${significant(100 * regret, 2)}%`;
  const lines = runs.map((r) => {
    const size = r.params === null ? "" : `  N ${r.params}`;
    const where = `batch ${r.batchSeqs}  tokens ${tokenCount(r.tokens)}${size}  seed ${r.seed}`;
    return `  LR ${learningRate(r.peakLr)}  ${where}  gain ${percent(r.gain)}`;
  });
  const after = `${percent(regretAfter)} after ${runs.length} runs of ${tokenCount(costTokens)} tokens`;
  const first = open > 0 ? `${percent(regretOpen)} after ${counted(open, "run")} under way, ` : "";
  const regrets = `expected regret of the target ${percent(regretNow)} now, ${first}${after}`;
  return `${[sentence, regrets, ...lines].join("\n")}\n`;
}
