// `npm run bench:checks [-- --draws N] [--json]`: how often each check says what, over made-up sweeps whose truth is
// known: false alarms where a law holds, power where it does not.
import { parseArgs } from "node:util";
import { print, result, say } from "./report.mjs";

const { values } = parseArgs({ options: { draws: { type: "string", default: "300" }, json: { type: "boolean" } } });
const { checkRates } = await import("../lib/simulate/index.ts");
const rates = checkRates(Number(values.draws));
let truth = "";
for (const rate of rates) {
  if (rate.truth !== truth) say(rate.truth);
  truth = rate.truth;
  say(`  ${rate.check.padEnd(22)} ${rate.said.padEnd(14)} ${(100 * rate.share).toFixed(1)}% of ${rate.draws}`);
}
print(
  rates.map((r) =>
    result(`checks.${r.truth}.${r.check}.${r.said}`, [Math.round(1000 * r.share) / 10], { unit: "%", better: "none" }),
  ),
);
