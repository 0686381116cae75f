import { parseArgs } from "node:util";
import { significant, tokenCount } from "@/lib/format";
import { leastBudget, type Plan, planFor } from "@/lib/propose";
import { targetOf } from "./propose";
import { positive } from "./target";

/**
 * `plan --target tokens=T,batchSeqs=B[,params=N] --budget-tokens X [--json]`: the axes of a first sweep, and how sure
 * the rate of the target will be, by simulation.
 */
export async function planCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { target: { type: "string" }, "budget-tokens": { type: "string" }, json: { type: "boolean" } },
  });
  const { tokens, batchSeqs, params } = targetOf(values.target);
  const target = { tokens, batchSeqs, params };
  const budget = values["budget-tokens"];
  const budgetTokens = positive("--budget-tokens", budget, "--budget-tokens 200M");
  const plans = planFor({ target, budgetTokens });
  if (plans.length === 0)
    throw new Error(
      `--budget-tokens ${budget}: pays for no grid; the least for this target costs ${leastBudget(target)}`,
    );
  process.stdout.write(values.json ? `${JSON.stringify({ plans })}\n` : `${plans.map(textOf).join("\n")}\n`);
  return 0;
}

function textOf({ space, runs, costTokens, precision }: Plan): string {
  const { factor, regret, held, draws, lawless } = precision;
  const axes = [
    `widths ${space.models.map((m) => m.width).join(" ")}`,
    `tokens ${space.tokens.map((t) => tokenCount(t)).join(" ")}`,
    `seeds ${space.seeds.join(" ")}`,
  ];
  const batches = space.batches.map((b) => `  batch ${b.batchSeqs}: LR ${b.learningRates.join(" ")}`);
  const known = `known to a factor of ${significant(factor, 3)} each way, regret ${significant(100 * regret, 2)}%`;
  return [
    `${runs} runs, ${tokenCount(costTokens)} tokens: ${known}; held in ${held} of ${draws} draws, no law in ${lawless}`,
    `  ${axes.join("  ")}`,
    ...batches,
  ].join("\n");
}
