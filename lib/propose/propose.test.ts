import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema, type LrFit } from "../fit";
import type { RunPoint } from "../run";
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
    expect(proposal.regretAfter).toBeLessThan(0.75 * proposal.regretNow);
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

describe("runs under way", () => {
  const ask = { target, budgetTokens: 2e7 };
  const plain = proposeRuns(fit, ask)!;
  const queued = plain.runs.map((run, i) => ({
    ...runs[0]!,
    ...{ runId: `queued ${i}`, finalLoss: null, trainTailLoss: null },
    ...{ peakLr: run.peakLr, batchSeqs: run.batchSeqs, tokens: run.tokens, seed: run.seed },
    ...{ paramsNonEmbedding: run.params, paramsTotal: run.params, paramsActive: run.params },
  }));
  const keyOf = (run: { peakLr: number; batchSeqs: number; tokens: number; seed?: number | null }) =>
    `${run.peakLr} ${run.batchSeqs} ${run.tokens} ${run.seed}`;

  it("count as if they had finished: what was proposed is not proposed again, and leaves what it was said to", () => {
    const next = proposeRuns(fit, { ...ask, open: queued })!;
    expect(next.open).toBe(queued.length);
    expect(next.regretNow).toBe(plain.regretNow);
    // Proposed rates are rounded.
    expect(next.regretOpen / plain.regretAfter).toBeCloseTo(1, 4);
    expect(next.regretAfter).toBeLessThan(next.regretOpen);
    const gains = next.runs.reduce((sum, run) => sum + run.gain, 0);
    expect(next.regretOpen - gains).toBeCloseTo(next.regretAfter, 12);
    const before = new Set(queued.map(keyOf));
    expect(next.runs.length).toBeGreaterThan(0);
    expect(next.runs.filter((run) => before.has(keyOf(run)))).toEqual([]);
    expect([plain.open, plain.regretOpen]).toEqual([0, plain.regretNow]);
  });

  it("add nothing where the fit leaves them out, they are alone on their curve, or repeat what is there", () => {
    const openOf = (open: readonly RunPoint[], of = fit) => {
      const { open: counted, regretOpen, regretNow } = proposeRuns(of, { ...ask, open })!;
      return [counted, regretOpen === regretNow];
    };
    const here = { ...queued[0]!, tokens: 2 ** 23, batchSeqs: 128, seed: 9 };
    expect(openOf([here])).toEqual([0, true]);
    expect(openOf([here, { ...here, peakLr: 2 * here.peakLr }])).toEqual([2, false]);
    expect(
      openOf([
        { ...here, peakLr: Number.NaN },
        { ...here, peakLr: 0.001, tokens: Number.NaN },
      ]),
    ).toEqual([0, true]);
    const narrow = fitLaw(runs, fitSettingsSchema.parse({ form: "power-free", where: "tokens<=1048576" }));
    expect(openOf([here, { ...here, peakLr: 2 * here.peakLr }], narrow)).toEqual([0, true]);
    const small = fitLaw(runs, fitSettingsSchema.parse({ form: "power-free", sizes: [fit.optima[0]!.sizeKey] }));
    const params = (small.fit as LrFit).regression.rows[0]!.params;
    const sized = (size: number | null) =>
      [1, 2].map((factor) => ({ ...here, peakLr: factor * here.peakLr, paramsNonEmbedding: size }));
    expect(openOf(sized(params), small)).toEqual([2, false]);
    expect(openOf(sized(7 * params!), small)).toEqual([0, true]);
    const there = runs.filter((run) => run.batchSeqs === 8 && run.tokens === 2 ** 19 && run.state === "finished");
    expect(there.length).toBeGreaterThan(3);
    expect(openOf(there.map((run) => ({ ...queued[0]!, ...run, finalLoss: null, trainTailLoss: null })))).toEqual([
      0,
      true,
    ]);
  });

  it("complete a curve that has some of its rates: one more of them tells something", () => {
    const batch8 = runs.filter((run) => run.batchSeqs === 8 && run.tokens === 2 ** 19 && run.width === 64);
    const one = { ...batch8[0]!, runId: "one", peakLr: 1.5 * batch8[0]!.peakLr, finalLoss: null, trainTailLoss: null };
    const { open, regretOpen, regretNow } = proposeRuns(fit, { ...ask, open: [one] })!;
    expect(open).toBe(1);
    expect(regretOpen).toBeLessThan(regretNow);
    expect(regretOpen).toBeGreaterThan(0.9 * regretNow);
  });

  it("of a curve there make a proposed one the next seed after theirs", () => {
    const seeds = (open: typeof queued) => proposeRuns(fit, { target, budgetTokens: 1e9, open })!.runs;
    const there = { ...queued[0]!, batchSeqs: 32, tokens: 2 ** 20 };
    const again = [1, 2].map((factor) => ({ ...there, peakLr: 0.004 * factor, seed: 7 }));
    const at = (list: ReturnType<typeof seeds>) =>
      new Set(
        list
          .filter((r) => r.batchSeqs === 32 && r.tokens === 2 ** 20 && r.params === there.paramsNonEmbedding)
          .map((r) => r.seed),
      );
    expect(at(seeds([]))).toEqual(new Set([3]));
    expect(at(seeds(again))).toEqual(new Set([8]));
  });
});
