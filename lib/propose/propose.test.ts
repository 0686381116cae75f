import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema, type LrFit } from "../fit";
import { proposeRuns } from ".";
import { Information } from "./information";

const runs = quickstartRuns("quickstart-a.csv");
const fit = fitLaw(runs, fitSettingsSchema.parse({ form: "power-free" }));
const target = { tokens: 2 ** 24, batchSeqs: 64, params: 94_208, seqLen: 64 };

describe("information of curves in trunks", () => {
  const curves = (fit.fit as LrFit).regression.rows.map((row) => ({
    trunk: row.trunkKey,
    x: [1, Math.log(row.batchSeqs), Math.log(row.tokens)],
    variance: 0.01 + row.se ** 2,
  }));
  const x = [1, Math.log(64), Math.log(2 ** 24)];

  it("is what inverting the whole covariance gives", () => {
    const information = new Information(3, 0.02);
    for (const curve of curves) information.add(curve);
    // Of one trunk with n equal curves the variance of its mean is trunk + variance / n.
    const one = new Information(1, 0.02);
    for (let i = 0; i < 4; i++) one.add({ trunk: "a", x: [1], variance: 0.01 });
    expect(one.varianceAt([1])).toBeCloseTo(0.02 + 0.01 / 4, 12);
    one.add({ trunk: "b", x: [1], variance: 0.01 });
    expect(one.varianceAt([1])).toBeCloseTo(1 / (1 / 0.0225 + 1 / 0.03), 12);
    expect(information.varianceAt(x)).toBeGreaterThan(0);
  });

  it("with a curve known better is that of all curves as they then are", () => {
    const better = { ...curves[3]!, variance: 0.001 };
    const [changed, fresh] = [new Information(3, 0.02), new Information(3, 0.02)];
    for (const curve of curves) changed.add(curve);
    const foreseen = changed.varianceAt(x, better, curves[3]!);
    changed.replace(curves[3]!, better);
    for (const [i, curve] of curves.entries()) fresh.add(i === 3 ? better : curve);
    expect(changed.varianceAt(x)! / fresh.varianceAt(x)!).toBeCloseTo(1, 10);
    expect(foreseen! / fresh.varianceAt(x)!).toBeCloseTo(1, 10);
  });
});

describe("the next runs", () => {
  it("keep to the budget, make the target surer, and add up", () => {
    const proposal = proposeRuns(fit, { target, budgetTokens: 2e7 })!;
    expect(proposal.costTokens).toBeLessThanOrEqual(2e7);
    expect(proposal.costTokens).toBe(proposal.runs.reduce((sum, run) => sum + run.costTokens, 0));
    const gains = proposal.runs.reduce((sum, run) => sum + run.gain, 0);
    expect(proposal.regretNow - gains).toBeCloseTo(proposal.regretAfter, 12);
    expect(proposal.regretAfter).toBeLessThan(0.7 * proposal.regretNow);
    expect(proposal.sentence).toMatch(/^For a token, another curve at a known size is worth most/);
    expect(proposal.sentence).toMatch(/, [\d.]+ times as much as another seed of a known curve\.$/);
    expect(proposeRuns(fit, { target, budgetTokens: 2e7 })).toEqual(proposal);
  });

  it("are none where the budget pays for none or the law leaves the batch out", () => {
    const none = proposeRuns(fit, { target, budgetTokens: 1000 })!;
    expect(none).toMatchObject({ runs: [], costTokens: 0 });
    expect(none.regretAfter).toBe(none.regretNow);
    const other = fitLaw(runs, fitSettingsSchema.parse({ form: "step-law" }));
    expect(proposeRuns(other, { target, budgetTokens: 2e7 })).toBeNull();
  });
});

it("say of another size, another curve and another seed which is worth most, and by how much", () => {
  const sized = fitLaw(runs, fitSettingsSchema.parse({ form: "power-free-size" }));
  const { sentence } = proposeRuns(sized, { target: { ...target, params: 1e6 }, budgetTokens: 2e7 })!;
  const kinds = ["another size", "another curve at a known size", "another seed of a known curve"];
  for (const kind of kinds) expect(sentence.split(kind)).toHaveLength(2);
  const times = [...sentence.matchAll(/([\d.]+) times/g)].map(([, n]) => Number(n));
  expect(times).toHaveLength(2);
  expect(times.every((n) => n >= 1) && times[0]! <= times[1]!).toBe(true);
});

it("count all seeds of a curve together, so that one that was trained again is not as dear as new", () => {
  const second = runs.map((run) => ({ ...run, runId: `${run.runId} again`, seed: 3, peakLr: 1.19 * run.peakLr }));
  const settings = fitSettingsSchema.parse({ form: "power-free" });
  const twice = fitLaw([...runs, ...second], settings);
  const regretOf = (of: typeof fit) => proposeRuns(of, { target, budgetTokens: 0 })!.regretNow;
  const { scatter } = (twice.fit as LrFit).regression;
  expect(scatter).not.toBeNull();
  expect(regretOf(twice)).toBeLessThan(1.2 * regretOf(fit));
  const seeds = proposeRuns(twice, { target, budgetTokens: 1e9 })!.runs.map((run) => run.seed);
  expect(new Set(seeds)).toEqual(new Set([2, 4]));
});
