import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { type FitSettingsInput, fitSettingsSchema } from "../fit";
import type { RunPoint } from "../run";
import { type CheckName, type TransferReport, transferReport } from "./index";

const quickstart = quickstartRuns("quickstart-a.csv");
const small = quickstart.filter((r) => r.width === 32);
const large = quickstart.filter((r) => r.width === 64);

function report(source: RunPoint[], target: RunPoint[], settings: FitSettingsInput = {}) {
  return transferReport(source, target, { settings: fitSettingsSchema.parse({ estimator: "ew", ...settings }) });
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads any number of any check
function check(of: TransferReport, name: CheckName): any {
  const found = of.checks.find((c) => c.name === name)!;
  return { ...found.evidence, verdict: found.verdict, sentence: found.sentence };
}

type Cell = { tokens: number; batchSeqs: number; i: number };
type Made = {
  optimum: (cell: Cell) => number;
  of?: Partial<RunPoint>;
  cells?: [t: number, batch: number][];
  /** Where the rates lie about the optimum. */
  octaves?: number[];
  curvature?: number;
};

const FULL: [number, number][] = [1, 2, 4, 8].flatMap((t) => [4, 8, 16].map((b) => [t, b] as [number, number]));

function law({ tokens, batchSeqs }: Cell): number {
  return 0.3 * Math.exp(0.6 * Math.log(batchSeqs) - 0.4 * Math.log(tokens));
}

/** Curves that are parabolas about `optimum`. */
function made({ optimum, of = {}, cells = FULL, octaves = [-2, -1, 0, 1, 2], curvature = 0.03 }: Made): RunPoint[] {
  return cells.flatMap(([t, batchSeqs], i) =>
    octaves.map((octave): RunPoint => {
      const tokens = t * 131072;
      return {
        ...small[0]!,
        width: 32,
        ...of,
        runId: `${JSON.stringify(of)} ${tokens} ${batchSeqs} ${octave}`,
        tokens,
        batchSeqs,
        peakLr: optimum({ tokens, batchSeqs, i }) * Math.exp(octave * Math.LN2),
        finalLoss: 2 - 0.1 * Math.log(t) + curvature * (octave * Math.LN2) ** 2,
      };
    }),
  );
}

/** A wobble in ln LR that differs from cell to cell. */
const wobble =
  (size: number, phase = 0) =>
  (c: Cell) =>
    Math.exp(size * Math.sin(7 * c.i + phase));
const wide = { width: 64, paramsNonEmbedding: 94_208, paramsActive: 94_208 };
const source = made({ optimum: (c) => law(c) * wobble(0.04)(c) });

describe("predictions outside the target's grids", () => {
  const lower = (from: number) => (c: Cell) => (c.tokens >= from * 131072 ? law(c) / 16 : law(c));

  it.each([
    ["half", 4, 6],
    ["three of four", 2, 9],
  ])("count with the loss at the edge: %s of them are four octaves off", (_, from, outside) => {
    const result = report(source, made({ optimum: lower(from), of: wide }));
    expect(check(result, "regret")).toMatchObject({ verdict: "fail", notMeasured: outside, measured: 12 - outside });
    expect(check(result, "regret").maxBoundExcess).toBeGreaterThan(0.01);
    expect(result.verdict).toBe("fail");
    expect(result.sentence).toContain(
      `${outside} predictions lie outside the target's grid and count with the loss at`,
    );
  });

  it("leave the verdict to the error in LR where the edges cost little", () => {
    const result = report(source, made({ optimum: lower(2), of: wide, curvature: 0.003 }));
    expect(check(result, "regret").verdict).toBe("inconclusive");
    expect([check(result, "lr-error").verdict, result.verdict]).toEqual(["fail", "fail"]);
  });

  it("and curves without a bracketed optimum are not passed over in silence", () => {
    const target = made({ optimum: law, of: wide }).filter(
      (r) => r.batchSeqs < 16 || r.tokens < 524288 || r.peakLr < 0.005,
    );
    const unjudged = report(source, target).target.optima.filter((o) => o.status !== "ok").length;
    expect(unjudged).toBeGreaterThan(1);
    expect(report(source, target).sentence).toContain(
      `${unjudged} curves of the target have no bracketed optimum and are not judged.`,
    );
  });

  it("lie among diverged rates above one", () => {
    const target = made({ optimum: lower(1), of: wide }).map((r) =>
      r.peakLr > law({ tokens: r.tokens, batchSeqs: r.batchSeqs, i: 0 }) / 6
        ? { ...r, finalLoss: null, state: "diverged" as const }
        : r,
    );
    expect(check(report(source, target), "regret")).toMatchObject({ verdict: "fail", diverged: 12, notMeasured: 0 });
  });
});

describe("imprecision is no tolerance", () => {
  it("a law from five scattered optima, 5.5 times too high at every cell, is not within it", () => {
    const cells: [number, number][] = [
      [1, 4],
      [2, 8],
      [4, 4],
      [8, 16],
      [8, 4],
    ];
    const scattered = made({ optimum: (c) => law(c) * wobble(0.9)(c), cells });
    const target = made({ optimum: (c) => law(c) / 5.5, of: wide, cells: FULL.slice(0, 4) });
    const result = report(scattered, target, { topBatches: "all" });
    const error = check(result, "lr-error");
    expect(error.within).toBe(0);
    expect(error.undecided).toBeGreaterThan(0);
    expect(error.verdict).not.toBe("pass");
    expect(["warn", "pass"]).not.toContain(result.verdict);
  });

  it("one of two cells three octaves off is half of them, not one in twenty", () => {
    const target = made({
      optimum: (c) => law(c) * (c.i === 1 ? 8 : 1),
      of: wide,
      cells: [
        [2, 8],
        [4, 8],
      ],
    });
    expect(check(report(source, target), "lr-error")).toMatchObject({ verdict: "fail", within: 1, beyond: 1 });
  });

  it("a slope in width that may be anything is no proof of none", () => {
    const cells: [number, number][] = [
      [2, 4],
      [2, 8],
      [2, 16],
    ];
    const target = made({ optimum: (c) => law(c) * Math.exp([1, -1, 0.1][c.i]!), of: wide, cells });
    const slope = check(report(source, target), "width-slope");
    expect(Math.abs(slope.slope)).toBeLessThan(0.2);
    expect(slope).toMatchObject({ verdict: "inconclusive", trunks: 3 });
    expect(slope.sentence).toContain("another seed or batch narrows the interval");
  });

  it("exponents that may differ by 0.3 are not the same law", () => {
    const bent = (c: Cell) => law(c) * Math.exp(-0.3 * Math.log(c.tokens / 370728));
    // What a trunk has in common moves its whole batch.
    const trunks = (phase: number) => (c: Cell) => Math.exp(0.35 * Math.sin(5 * Math.log(c.batchSeqs) + phase));
    const from = made({ optimum: (c) => law(c) * wobble(0.3)(c) * trunks(0)(c) });
    const result = report(from, made({ optimum: (c) => bent(c) * wobble(0.3, 2)(c) * trunks(1)(c), of: wide }));
    const { factor, farthest, verdict } = check(result, "same-law");
    expect([factor > 1 / 1.5, factor < 1.5]).toEqual([true, true]);
    expect(farthest.factorLow).toBeLessThan(1 / 1.5);
    expect(verdict).not.toBe("pass");
  });

  it.each([
    ["a factor 2", [-2, -1, 0, 1, 2]],
    ["a factor 4", [-4, -2, 0, 2, 4]],
  ])("a target off by 1.9 passes no check on a grid of %s", (_, octaves) => {
    const result = report(
      made({ optimum: (c) => law(c) * wobble(0.04)(c), octaves }),
      made({ optimum: (c) => law(c) * 1.9 * wobble(0.04, 2)(c), of: wide, octaves }),
    );
    for (const name of ["lr-error", "shift", "width-slope"] as const)
      expect([name, check(result, name).verdict]).not.toContain("pass");
  });
});

describe("pairs of optima", () => {
  it("are at equal tokens to two percent", () => {
    const target = made({ optimum: law, of: wide }).map((r) => ({ ...r, tokens: r.tokens - 64 }));
    const result = report(source, target);
    expect(check(result, "shift")).toMatchObject({ verdict: "pass", pairs: 12, trunks: 3 });
    expect(check(result, "lr-error").copyCells).toBe(12);
    expect(check(result, "width-slope").verdict).toBe("pass");
  });

  it("have the recipe in common where the groups do", () => {
    const cosine = made({ optimum: (c) => 3 * law(c), of: { schedule: "cosine", weightDecay: 0.2 } });
    const target = made({ optimum: law, of: { ...wide, weightDecay: 0.1 } });
    const both = made({ optimum: law, of: { weightDecay: 0.1 } });
    expect(check(report([...cosine, ...both], target), "shift").factor).toBeCloseTo(1, 6);
    expect(check(report(cosine, target), "shift").factor).toBeCloseTo(1 / 3, 6);
  });

  it("of one batch and seed show no shift, however many", () => {
    const cells: [number, number][] = [1, 2, 4, 8].map((t) => [t, 8]);
    const { sentence, verdict } = check(report(source, made({ optimum: law, of: wide, cells })), "shift");
    expect(verdict).toBe("inconclusive");
    expect(sentence).toBe(
      "Not decided: all 4 pairs are of one batch and seed, whose runs share their data order; add another batch or seed.",
    );
  });

  it("of a group with itself are its own optima, and that is said", () => {
    const result = report(quickstart, quickstart);
    expect(check(result, "shift")).toMatchObject({ factor: 1, verdict: "pass" });
    expect(result.sentence).toContain("runs are in both groups: on these the law is not tested.");
    expect(result.verdict).toBe("warn");
  });
});

describe("recipes", () => {
  it("that differ lower a pass to a warning that names them and both values", () => {
    const other = large.map((r) => ({ ...r, parametrization: "standard", schedule: "cosine", weightDecay: 0.1 }));
    const result = report(small, other);
    expect(result.verdict).toBe("warn");
    expect(result.sentence).toContain(
      "differ in parametrization (mup against standard), schedule (wsd against cosine), weight decay (unknown against 0.1):",
    );
    expect(check(result, "width-slope").sentence).toMatch(/^Not decided: the runs mix mup dense .* and standard dense/);
    expect(result.differences.map((d) => d.dimension)).toEqual(["parametrization", "schedule", "weightDecay"]);
  });

  it.each<[Partial<RunPoint>, string]>([
    [{ depth: 4 }, "depth (2 against 4)"],
    [{ optimizer: "muon" }, "optimizer (unknown against muon)"],
    [{ warmupTokens: 1000 }, "warmup (65536 against 1000)"],
    [{ scheduleShape: "20% exp" }, "schedule shape (10% exp against 20% exp)"],
    [{ weightDecayConvention: "independent" }, "weight decay is (unknown against independent)"],
    [{ beta2: 0.99 }, "beta 2 (unknown against 0.99)"],
    [{ baseWidth: 256 }, "base width (unknown against 256)"],
    [{ baseDepth: 4 }, "base depth (unknown against 4)"],
    [{ recipe: "0a1b" }, "recipe (unknown against 0a1b)"],
    [{ seqLen: 128 }, "sequence length (64 against 128)"],
  ])("%o", (of, words) => {
    const target = large.map((r) => ({ ...r, ...of }));
    const result = report(small, target);
    expect([result.verdict, result.sentence.includes(words)]).toEqual(["warn", true]);
  });

  it("of other optimizers have no slope in width", () => {
    const of = (optimizer: string) => (r: RunPoint) => ({ ...r, optimizer });
    const slope = check(report(small.map(of("adamw")), large.map(of("muon"))), "width-slope");
    expect(slope.sentence).toBe("Not decided: the runs mix the optimizers adamw and muon.");
  });

  it("that the source has too are no difference", () => {
    const both = [...small, ...small.map((r) => ({ ...r, runId: `${r.runId}d`, depth: 4 }))];
    expect(report(both, large).differences).toEqual([]);
  });
});

it("a law that does worse than copying the source's rates does not pass", () => {
  const octaves = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
  const bumpy = (of: Partial<RunPoint>) =>
    made({ optimum: (c) => law(c) * wobble(0.35)(c), of, octaves, curvature: 0.06 });
  const result = report(bumpy({}), bumpy(wide));
  const regret = check(result, "regret");
  expect(regret.meanExcess).toBeLessThan(0.0025);
  expect(regret.maxExcess).toBeLessThan(0.01);
  expect(regret).toMatchObject({ copyIsBetter: true, verdict: "warn" });
  expect(result.verdict).toBe("warn");
  expect(result.sentence).toContain("copying does as well");
});

it("says how many checks passed and how many are open", () => {
  expect(report(small, large).sentence).toMatch(/^Passed 4 of 6 checks, 2 undecided\. /);
  const one = made({ optimum: law, of: wide, cells: [[8, 8]] });
  const result = report(source, one);
  expect(result.counts).toEqual({ pass: 3, warn: 0, fail: 0, inconclusive: 3 });
  expect(result.sentence).toMatch(/^Passed 3 of 6 checks, 3 undecided\. /);
});
