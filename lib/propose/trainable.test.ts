import { expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema, type LrFit } from "../fit";
import { paramCounts, runConfigSchema } from "../protocol";
import { configIn, jobsOf, PRESETS, scaledModel } from "../sweep";
import { parametrizationOf, proposeRuns, trainablePlaces, trainableRuns } from ".";

const runs = quickstartRuns("quickstart-a.csv");
const result = fitLaw(runs, fitSettingsSchema.parse({ form: "power-free-size" }));
const fit = result.fit as LrFit;
const { space } = PRESETS.find((p) => p.name === "quickstart")!;
const target = { tokens: 2 ** 26, batchSeqs: 128, params: 2e6, seqLen: 64 };
const places = trainablePlaces(fit, target, space);

it("places are those that the trainer takes, of its models and larger ones towards the target", () => {
  expect(places.length).toBeGreaterThan(40);
  const parametrization = space.parametrizations[0]!;
  for (const { point, model } of places) {
    const { batchSeqs, tokens } = point;
    const config = configIn(space, { model, parametrization, batchSeqs, tokens, seed: 1, peakLr: 0.01 });
    expect(runConfigSchema.safeParse(config).success).toBe(true);
    expect(paramCounts(model).nonEmbedding).toBe(point.params);
  }
  const widths = [...new Set(places.map((p) => p.model.width))].sort((p, q) => p - q);
  expect(widths.slice(0, 2)).toEqual([32, 64]);
  expect(widths.length).toBeGreaterThan(2);
});

it("places whose length is no whole number of steps are left out", () => {
  const odd = { ...space, models: space.models.map((model) => ({ ...model, seqLen: 96 })) };
  expect(trainablePlaces(fit, target, odd)).toEqual([]);
});

it("a larger model is of the same make and has the parameters that are nearest", () => {
  const [small] = space.models;
  const model = scaledModel(small!, 400_000, "nonEmbedding");
  expect([model.width / model.heads, model.depth, model.hidden % 16]).toEqual([16, 2, 0]);
  const near = (heads: number) => {
    const width = 16 * heads;
    const hidden = Math.round((3 * width) / 16) * 16;
    return Math.abs(Math.log(paramCounts({ ...small!, width, heads, hidden }).nonEmbedding / 400_000));
  };
  expect(near(model.heads)).toBe(Math.min(...[2, 4, 6, 7, 8, 9, 10, 12].map(near)));
  expect(scaledModel(small!, paramCounts(small!).nonEmbedding, "nonEmbedding")).toEqual(small);
});

it("rates lie on a grid, so that a law that moves a little asks for the same runs", () => {
  const propose = (of: typeof result) => {
    const candidates = places.map((p) => p.point);
    return trainableRuns(proposeRuns(of, { target, budgetTokens: 5e6, candidates })!.runs, places);
  };
  const proposed = propose(result);
  expect(proposed.length).toBeGreaterThan(5);
  for (const { peakLr, model } of proposed) {
    const halves = 2 * Math.log2(peakLr / 0.001);
    expect(Math.abs(halves - Math.round(halves))).toBeLessThan(1e-4);
    expect(model.width).toBeGreaterThanOrEqual(32);
  }
  expect(parametrizationOf(result, space).kind).toBe("mup");
});

it("cost the workers no more than the budget, evaluations and all", () => {
  const candidates = places.map((p) => p.point);
  const parametrization = space.parametrizations[0]!;
  for (const budgetTokens of [1e6, 5e6, 2e7]) {
    const proposal = proposeRuns(result, { target, budgetTokens, candidates })!;
    const configs = trainableRuns(proposal.runs, places).map(({ model, batchSeqs, tokens, peakLr, seed }) =>
      configIn(space, { model, parametrization, batchSeqs, tokens, peakLr, seed }),
    );
    const jobs = jobsOf(configs);
    const cost = jobs.reduce((sum, job) => sum + job.costTokens, 0);
    expect(cost).toBeLessThanOrEqual(proposal.costTokens + 1e-6);
    expect(proposal.costTokens).toBeLessThanOrEqual(budgetTokens);
    expect(cost).toBeGreaterThan(0.5 * budgetTokens);
  }
});

it("the seed is the usual one for a new curve, and one that it has not for a known one", () => {
  const seeds = new Set(runs.map((r) => r.seed));
  const has = (p: { params: number | null; batchSeqs: number; tokens: number }) =>
    runs.some((r) => r.paramsNonEmbedding === p.params && r.batchSeqs === p.batchSeqs && r.tokens === p.tokens);
  const all = proposeRuns(result, { target, budgetTokens: 1e9 })!.runs;
  const [usual] = [...seeds];
  expect(all.some(has)).toBe(true);
  expect(all.some((p) => !has(p))).toBe(true);
  for (const run of all) expect([has(run), run.seed]).toEqual([has(run), has(run) ? usual! + 1 : usual]);
});
