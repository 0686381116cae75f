import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quickstartRuns, readRows } from "../../tests/golden/read-data";
import { type RunPoint, TRAINER_LOSS } from "../run";
import { type CurveSettings, curvesOf, groupBy, nextLearningRates, optimumOf, topBatches } from "./index";

const settings: CurveSettings = { loss: "held-out", seeds: "average" };
const base = quickstartRuns("quickstart-a.csv")[0]!;

/** Runs of one curve from [lr, loss] pairs; a null loss is a diverged run. */
function curveRuns(pairs: [lr: number, loss: number | null][], overrides: Partial<RunPoint> = {}): RunPoint[] {
  return pairs.map(([peakLr, loss], i) => ({
    ...base,
    runId: `r${i}-${overrides.seed ?? 1}`,
    peakLr,
    finalLoss: loss,
    state: loss === null ? "diverged" : "finished",
    seed: 1,
    ...overrides,
  }));
}

const VALLEY: [number, number][] = [
  [0.001, 2.1],
  [0.002, 2],
  [0.004, 2.1],
];

function only(runs: RunPoint[]) {
  const curves = curvesOf(runs, settings);
  expect(curves).toHaveLength(1);
  return optimumOf(curves[0]!, "ew");
}

describe("quickstart design A", () => {
  const optima = curvesOf(quickstartRuns("quickstart-a.csv"), settings).map((curve) => optimumOf(curve, "ew"));
  const cells = groupBy(optima, (o) => o.cellKey);
  const top = new Set([...cells.values()].flatMap((cell) => topBatches(cell, 3)).map((o) => o.key));
  const rows = readRows("quickstart-a-optima.csv");

  it("has 40 curves, all interior", () => {
    expect(optima).toHaveLength(40);
    expect(rows).toHaveLength(40);
    expect(new Set(optima.map((o) => o.status))).toEqual(new Set(["ok"]));
  });

  it.each(rows.map((row) => [`N ${row.nonEmbedding} T ${row.tokens} batch ${row.batchSeqs}`, row] as const))(
    "%s",
    (_name, row) => {
      const o = optima.find(
        ({ dims }) =>
          dims.paramsNonEmbedding === Number(row.nonEmbedding) &&
          dims.tokens === Number(row.tokens) &&
          dims.batchSeqs === Number(row.batchSeqs),
      )!;
      expect(o.argmin!.lr).toBe(Number(row.argmin));
      expect(o.argmin!.loss.toFixed(4)).toBe(row.bestLoss);
      expect(o.parabola3!.lr.toFixed(4)).toBe(Number(row.parabola3).toFixed(4));
      expect(o.ew?.lr.toFixed(4) ?? "").toBe(row.ew);
      expect(o.ew?.se?.toFixed(2) ?? "").toBe(row.ewSe);
      // The printed plateaus were read off a grid of LRs, so they lie up to one grid step (1%) inside the exact ones.
      expect(Math.abs(o.plateau!.low! - Number(row.plateauLow))).toBeLessThan(6e-5 + 0.01 * o.plateau!.low!);
      expect(Math.abs(o.plateau!.high! - Number(row.plateauHigh))).toBeLessThan(6e-5 + 0.01 * o.plateau!.high!);
      expect(top.has(o.key)).toBe(row.top3 === "1");
    },
  );
});

describe("status", () => {
  it("brackets the optimum of a published sweep with a diverged top", () => {
    const rows = readRows("marin-optsweep.csv").filter(
      (r) => r.ablation === "Baseline" || r.ablation!.startsWith("learning_rate"),
    );
    const o = only(
      rows.map((r, i) => ({ ...base, runId: `m${i}`, peakLr: Number(r.learning_rate), finalLoss: Number(r.loss) })),
    );
    expect(o.points.map((p) => [p.lr, p.diverged])).toEqual([
      [0.004, false],
      [0.008, false],
      [0.016, false],
      [0.032, true],
    ]);
    expect(o.status).toBe("ok");
    expect(o.estimate!.method).toBe("parabola3");
    expect(o.estimate!.lr).toBeGreaterThan(0.008);
    expect(o.estimate!.lr).toBeLessThan(0.016);
  });

  it.each<[string, [number, number | null][], string, number[]]>([
    [
      "censored below",
      [
        [0.001, 2],
        [0.002, 2.1],
        [0.004, 2.2],
      ],
      "censored-low",
      [0.00025, 0.0005],
    ],
    [
      "censored above",
      [
        [0.001, 2.2],
        [0.002, 2.1],
        [0.004, 2],
      ],
      "censored-high",
      [0.008, 0.016],
    ],
    [
      "too few",
      [
        [0.001, 2.2],
        [0.002, 2.1],
      ],
      "too-few",
      [0.0005, 0.004],
    ],
    [
      "all diverged",
      [
        [0.001, null],
        [0.002, null],
      ],
      "too-few",
      [0.00025, 0.0005],
    ],
    [
      "flat",
      [
        [0.001, 2],
        [0.002, 2],
        [0.004, 2],
      ],
      "flat",
      [0.0005, 0.008],
    ],
    [
      "inside",
      [
        [0.001, 2.1],
        [0.002, 2],
        [0.004, 2.1],
      ],
      "ok",
      [],
    ],
  ])("%s", (_name, pairs, status, next) => {
    const o = only(curveRuns(pairs));
    expect(o.status).toBe(status);
    expect(nextLearningRates(o)).toEqual(next);
    expect(o.estimate === null).toBe(status !== "ok");
  });

  it("refines below a diverged LR", () => {
    const o = only(
      curveRuns([
        [0.001, 2.2],
        [0.002, 2.1],
        [0.004, 2],
        [0.008, null],
      ]),
    );
    expect(o.status).toBe("bracketed-by-divergence");
    const next = nextLearningRates(o);
    expect(next).toHaveLength(2);
    expect(next.every((lr) => lr > 0.004 && lr < 0.008)).toBe(true);
  });

  it("counts divergence as the upper end of a curve with two usable rates", () => {
    const o = only(
      curveRuns([
        [0.002, 2],
        [0.004, 2.1],
        [0.008, null],
      ]),
    );
    expect(o.status).toBe("censored-low");
  });

  it("calls a loss 50% above the best diverged only at a higher LR", () => {
    const o = only(
      curveRuns([
        [0.0001, 5],
        [0.001, 2.1],
        [0.002, 2],
        [0.004, 2.1],
        [0.008, 3.1],
      ]),
    );
    expect(o.points.map((p) => p.diverged)).toEqual([false, false, false, false, true]);
  });
});

describe("a run that ends above the first quartile of its own training losses", () => {
  const at = (overrides: Partial<RunPoint>) => {
    const runs = curveRuns([...VALLEY, [0.008, 2.6]]).map((r) => (r.peakLr === 0.008 ? { ...r, ...overrides } : r));
    return curvesOf(runs, settings)[0]!.points.at(-1)!.diverged;
  };

  it("has diverged, by its training loss where that is known", () => {
    expect(at({ trainLossQuartile: 2.5, trainTailLoss: null })).toBe(true);
    expect(at({ trainLossQuartile: 2.5, trainTailLoss: 2.55 })).toBe(true);
    expect(at({ trainLossQuartile: 2.7, trainTailLoss: 2.55 })).toBe(false);
  });

  it("has not where it learned its data by heart: low in training, high on others", () => {
    expect(at({ trainLossQuartile: 1.5, trainTailLoss: 1.1 })).toBe(false);
  });
});

describe("repeats", () => {
  it("averages seeds that cover the same LRs and tests flatness without the seed effect", () => {
    const second = curveRuns(
      VALLEY.map(([lr, loss], i) => [lr, loss + 0.2 + 0.001 * i] as [number, number]),
      { seed: 2 },
    );
    const o = only([...curveRuns(VALLEY), ...second]);
    expect(o.seeds).toEqual([1, 2]);
    expect(o.points[1]!.n).toBe(2);
    expect(o.points[1]!.loss).toBeCloseTo(2.1005, 12);
    expect(o.noiseSd).toBeLessThan(0.001);
    expect(o.status).toBe("ok");
  });

  it("keeps seeds with different LRs apart", () => {
    const curves = curvesOf([...curveRuns(VALLEY), ...curveRuns(VALLEY.slice(1), { seed: 2 })], settings);
    expect(curves.map((c) => c.key.slice(-7))).toEqual([" seed 1", " seed 2"]);
  });
});

describe("numbers as other programs log them", () => {
  it("joins learning rates of single precision and token counts rounded to steps", () => {
    const other = curveRuns(
      VALLEY.map(([lr, loss]) => [Math.fround(lr), loss + 0.01]),
      { seed: 2, tokens: base.tokens + 512 },
    );
    const o = only([...curveRuns(VALLEY), ...other]);
    expect(o.points.map((p) => p.n)).toEqual([2, 2, 2]);
    expect(o.dims.tokens).toBe(base.tokens);
  });

  it("puts batches whose warmup differs into one cell", () => {
    const curves = curvesOf(
      [...curveRuns(VALLEY), ...curveRuns(VALLEY, { batchSeqs: 16, warmupTokens: 4096 })],
      settings,
    );
    expect(curves).toHaveLength(2);
    expect(curves[0]!.cellKey).toBe(curves[1]!.cellKey);
  });
});

describe("repeats", () => {
  const twice = (set: Partial<RunPoint>) => [
    ...curveRuns(VALLEY),
    ...curveRuns(VALLEY, set).map((r) => ({ ...r, runId: `${r.runId} again` })),
  ];

  it("of one seed that gave the same bits are one observation, with both runs behind it", () => {
    const o = only(twice({}));
    expect(o.points.map((p) => [p.n, p.runIds.length, p.sd])).toEqual(o.points.map(() => [1, 2, null]));
  });

  it("of another or an unknown seed, or with another last bit, are two", () => {
    const apart = [
      twice({ seed: 2 }),
      twice({}).map((r) => ({ ...r, seed: null })),
      twice({}).map((r, i) => (i < VALLEY.length ? r : { ...r, finalLoss: r.finalLoss! + 2 ** -50 })),
    ];
    for (const runs of apart) expect(only(runs).points.map((p) => p.n)).toEqual(VALLEY.map(() => 2));
  });
});

describe("recipes", () => {
  it.each([
    ["optimizer", "adamw", "muon"],
    ["weightDecay", 0.1, 0],
    ["weightDecayConvention", "coupled", "independent"],
    ["beta2", 0.95, 0.99],
    ["baseWidth", 64, 256],
    ["baseDepth", 2, 4],
    ["recipe", "4fb589b16c52", "cb784a5dd73a"],
  ])("are told apart by %s, and unknown is not the same as known", (name, one, other) => {
    const values = [one, other, null];
    const curves = curvesOf(
      values.flatMap((value) => curveRuns(VALLEY, { [name]: value })),
      settings,
    );
    expect(curves.map((c) => c.dims[name as "recipe"]).sort()).toEqual([...values].sort());
    expect(curves.every((c) => c.points.every((p) => p.n === 1))).toBe(true);
    expect(new Set(curves.map((c) => c.cellKey)).size).toBe(3);
  });

  it("averages no runs of weight decay 0.1 and 0 and of base width 16 as repeats of each other", () => {
    // Planted optima 0.003, 0.006 and 0.012: one curve of all would say 0.006.
    const valley = (best: number) =>
      [0.00075, 0.0015, 0.003, 0.006, 0.012, 0.024, 0.048].map((lr): [number, number] => [
        lr,
        2 + 0.02 * Math.log(lr / best) ** 2,
      ]);
    const runs = [
      ...curveRuns(valley(0.003), { weightDecay: 0.1, baseWidth: 64 }),
      ...curveRuns(valley(0.006), { weightDecay: 0, baseWidth: 64 }),
      ...curveRuns(valley(0.012), { weightDecay: 0.1, baseWidth: 16 }),
    ];
    const found = curvesOf(runs, settings).map((c) => optimumOf(c, "parabola").estimate!.lr);
    expect(found.sort().map((lr) => Number(lr.toPrecision(3)))).toEqual([0.003, 0.006, 0.012]);
  });
});

describe("how much of a model is active", () => {
  it("tells models of one size apart, unless the architecture says it", () => {
    const runs = curveRuns(VALLEY);
    const sizes = (architecture: string) => {
      const moe = (active: number) =>
        runs.map((r) => ({ ...r, architecture, paramsTotal: null, paramsNonEmbedding: 2e9, paramsActive: active }));
      return curvesOf([...moe(1e9), ...moe(5e8), ...moe(2e9)], settings).map((c) =>
        c.sizeKey.split(" ").slice(-2).join(" "),
      );
    };
    expect(sizes("moe").sort()).toEqual(["N2000000000 A1000000000", "N2000000000 A500000000", "d2 N2000000000"]);
    expect(new Set(sizes("moe-4-top-2")).size).toBe(1);
  });

  it("says nothing of a dense model, of which the embedding alone is not counted", () => {
    const params = { paramsTotal: 34_816, paramsNonEmbedding: 26_624, paramsActive: 26_624 };
    const [curve] = curvesOf(
      curveRuns(VALLEY).map((r) => ({ ...r, ...params })),
      settings,
    );
    expect(curve!.sizeKey).toMatch(/ N26624$/);
  });
});

describe("what a loss is", () => {
  it("keeps curves apart by metric and by how it was taken; our trainer's own needs no saying", () => {
    const plain = curveRuns(VALLEY);
    const keys = (runs: RunPoint[]) => curvesOf(runs, settings).map((c) => c.key);
    const as = (source: Partial<RunPoint>) => plain.map((r) => ({ ...r, ...source }));
    const [own] = keys(plain);
    expect(keys(as(TRAINER_LOSS))).toEqual([own]);
    expect(keys([...plain, ...as(TRAINER_LOSS)])).toEqual([own, `${own} by unnamed loss`]);
    expect(keys([...plain, ...as({ lossMetric: "val/loss" })])).toEqual([own, `${own} by val/loss`]);
    expect(
      keys([
        ...plain,
        ...as({ lossMetric: "smooth loss", lossTaken: "minimum" }),
        ...as({ lossMetric: "smooth loss" }),
      ]),
    ).toEqual([own, `${own} by smooth loss`, `${own} by smooth loss (minimum)`]);
  });
});

describe("exact minimum", () => {
  it("is found by both parabolas, whatever the order of the runs", () => {
    const lr = fc.double({ min: Math.log(0.0015), max: Math.log(0.006), noNaN: true });
    fc.assert(
      fc.property(lr, fc.double({ min: 0.005, max: 0.02, noNaN: true }), fc.boolean(), (x0, c, reverse) => {
        const grid = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016];
        const runs = curveRuns(grid.map((g) => [g, 2 + c * (Math.log(g) - x0) ** 2]));
        const o = only(reverse ? runs.reverse() : runs);
        expect(Math.log(o.parabola3!.lr)).toBeCloseTo(x0, 8);
        if (o.ew) expect(Math.log(o.ew.lr)).toBeCloseTo(x0, 6);
      }),
    );
  });
});
