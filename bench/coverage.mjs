// `npm run bench:coverage [-- --draws N] [--estimator NAME] [--json]`: how often intervals of laws hold the truth, over
// made-up sweeps. 95% is nominal, 90% for regret.
import { parseArgs } from "node:util";
import { print, result, say } from "./report.mjs";

const { values } = parseArgs({
  options: {
    draws: { type: "string", default: "2000" },
    estimator: { type: "string", default: "surface" },
    bootstrap: { type: "string", default: "0" },
    json: { type: "boolean" },
  },
});
const draws = Number(values.draws);
const { COVERAGE_DESIGNS, coverageOf } = await import("../lib/simulate/index.ts");
const results = [];
for (const [name, design] of Object.entries(COVERAGE_DESIGNS)) {
  say(`${name}: ${draws} sweeps`);
  for (const c of coverageOf(design, draws, { estimator: values.estimator, bootstrap: Number(values.bootstrap) })) {
    const share = Math.round((1000 * c.held) / c.draws) / 10;
    results.push(result(`coverage.${name}.${c.name}`, [share], { unit: "%", better: "higher" }));
    say(`  ${c.name.padEnd(34)} ${share.toFixed(1)}%  mean width ${c.meanWidth.toPrecision(3)}`);
  }
}
print(results);
