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
const { COVERAGE_DESIGNS, coverageOf, decayCoverage } = await import("../lib/simulate/index.ts");
const results = [];
for (const [name, design] of Object.entries(COVERAGE_DESIGNS)) {
  say(`${name}: ${draws} sweeps`);
  add(name, coverageOf(design, draws, { estimator: values.estimator, bootstrap: Number(values.bootstrap) }));
}
for (const [name, list] of Object.entries(decayCoverage(Math.ceil(draws / 5)))) {
  say(`${name}: ${Math.ceil(draws / 5)} sweeps`);
  add(name, list);
}
print(results);

function add(name, list) {
  for (const c of list) {
    const share = Math.round((1000 * c.held) / c.draws) / 10;
    results.push(result(`coverage.${name}.${c.name}`, [share], { unit: "%", better: "higher" }));
    say(`  ${c.name.padEnd(34)} ${share.toFixed(1)}% of ${c.draws}  mean width ${c.meanWidth.toPrecision(3)}`);
  }
}
