import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema } from "../fit";
import { plantedBestBatch, plantedSurface, quickstartDesign, type SurfaceDesign } from "../simulate";
import { bestBatchAt, fitBatch, isBatchLaw } from ".";

const settings = fitSettingsSchema.parse({ form: "power-free-size" });
const clear: SurfaceDesign = {
  ...quickstartDesign,
  ...{ noise: 1e-5, seedEffect: 1e-5, curvatureScatter: 0, scatter: 0.01 },
  batch: { first: 6, beta: 0.3, bend: 0.02 },
};

function lawOf(design: SurfaceDesign, draw = 1) {
  const fit = fitBatch(fitLaw(plantedSurface(design, draw), settings).optima);
  if (!isBatchLaw(fit)) throw new Error(fit.reason);
  return fit;
}

describe("the best batch", () => {
  it("is the one that was planted, and moves with the tokens as planted", () => {
    const law = lawOf(clear);
    expect(law.unit).toBe("tokens");
    expect(law.beta).toBeCloseTo(0.3, 1);
    for (const tokens of clear.tokens) {
      const { best, interval } = bestBatchAt(law, tokens);
      const truth = Math.exp(plantedBestBatch(clear, tokens)) * 64;
      expect(Math.abs(Math.log(best / truth))).toBeLessThan(0.1);
      expect(interval!.low).toBeLessThan(best);
      expect(interval!.high).toBeGreaterThan(best);
    }
  });

  it("is found where it lies at the edge of what was tried, and said to lie there", () => {
    const edge = { ...clear, batch: { first: 1.5, beta: 0, bend: 0.02 } };
    const law = lawOf(edge);
    expect(law.cells.every((cell) => cell.status === "smallest tried")).toBe(true);
    expect(Math.abs(Math.log(bestBatchAt(law, 2 ** 18).best / (1.5 * 64)))).toBeLessThan(0.2);
  });

  it("is not moved by batches that are far worse, where losses are no parabola any more", () => {
    const kinked = plantedSurface({ ...clear, batches: [2, 4, 8, 16, 32, 512] }, 1).map((run) =>
      run.batchSeqs === 512 ? { ...run, finalLoss: run.finalLoss! * 0.95 } : run,
    );
    const law = fitBatch(fitLaw(kinked, settings).optima);
    if (!isBatchLaw(law)) throw new Error(law.reason);
    const truth = Math.exp(plantedBestBatch(clear, 2 ** 18)) * 64;
    expect(Math.abs(Math.log(bestBatchAt(law, 2 ** 18).best / truth))).toBeLessThan(0.1);
  });

  it("has batches about it that cost no more than 0.25% of the loss", () => {
    const law = lawOf(clear);
    const { best, near } = bestBatchAt(law, 2 ** 18);
    expect(law.k * Math.log(near.high / best) ** 2).toBeCloseTo(Math.log(1.0025), 10);
    expect(near.low * near.high).toBeCloseTo(best ** 2, 6);
  });

  it("is counted in sequences where runs have no sequence length", () => {
    const runs = plantedSurface(clear, 1).map((run) => ({ ...run, seqLen: null }));
    const law = fitBatch(fitLaw(runs, settings).optima);
    expect(isBatchLaw(law) && law.unit).toBe("sequences");
  });

  it("is none, with the reason, where batches are too few or losses do not bend", () => {
    const two = fitBatch(fitLaw(plantedSurface({ ...clear, batches: [4, 8] }, 1), settings).optima);
    expect(two).toMatchObject({ reason: expect.stringContaining("three batches") });
    const down = { ...clear, batch: { first: 6, beta: 0, bend: -0.02 } };
    const none = fitBatch(fitLaw(plantedSurface(down, 1), settings).optima);
    expect(none).toMatchObject({ reason: expect.stringContaining("do not bend upwards") });
  });

  it("of the quickstart's sweep lies among the smallest batches", () => {
    const fit = fitBatch(fitLaw(quickstartRuns("quickstart-a.csv"), settings).optima);
    expect(fit.cells.map((c) => c.best / 64).every((b) => b <= 8)).toBe(true);
  });
});
