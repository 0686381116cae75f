import * as echarts from "echarts";
import { describe, expect, it } from "vitest";
import { curvesOf, type Optimum, optimumOf } from "@/lib/estimate";
import { bootstrapBand, fitLaw, fitLoss, fitSettingsSchema } from "@/lib/fit";
import { publishedLaws } from "@/lib/published-laws";
import { recommend, recommendationTargetSchema } from "@/lib/recommend";
import type { RunPoint } from "@/lib/run";
import { scheduleSchema } from "@/lib/schedule";
import { transferReport } from "@/lib/transfer";
import { quickstartRuns } from "../../tests/golden/read-data";
import { batchLrMapOption, batchLrMapTable } from "./batch-lr-map";
import type { ChartOption, ChartTable } from "./chart";
import { lossLawOption, lossResidualsOption, lossTable, sizeGroups } from "./loss-law";
import { lrLossOption, lrLossTable } from "./lr-loss";
import { lawPoints, optimaTable, powerLawOption } from "./power-law";
import { residualsOption, residualsTable } from "./residuals";
import { scheduleOption, scheduleTable } from "./schedule";
import { targetLawOption, targetLawTable } from "./target-law";
import { theme } from "./test-theme";
import { lrColour } from "./theme";
import { cellsTable, predictionOption, regretOption } from "./transfer";

const runs = quickstartRuns("quickstart-a.csv");
const small = runs.filter((r) => r.width === 32);
const result = fitLaw(runs, fitSettingsSchema.parse({}));
const fit = result.fit?.kind === "lr" ? result.fit : null;
const report = transferReport(
  small,
  runs.filter((r) => r.width === 64),
  { settings: fitSettingsSchema.parse({}) },
);
const optimaOf = (points: RunPoint[]): Optimum[] =>
  curvesOf(points, { loss: "held-out", seeds: "average" }).map((c) => optimumOf(c, "ew"));
const batch8 = optimaOf(small.filter((r) => r.batchSeqs === 8));
/** The same curves with their two highest rates diverged and their lowest rates cut off. */
const edge = optimaOf(
  small
    .filter((r) => r.batchSeqs === 8 && r.peakLr >= 0.008)
    .map((r) => (r.peakLr >= 0.032 ? { ...r, finalLoss: null, state: "diverged" as const } : r)),
);
const schedules = [
  { name: "WSD", schedule: scheduleSchema.parse({ kind: "wsd", peakLr: 0.004, warmupTokens: 65536 }) },
  {
    name: "Power",
    schedule: scheduleSchema.parse({ kind: "power", peakLr: 0.02, warmupTokens: 65536, a: 0.3, b: -0.5 }),
  },
];

/** A table of N, T and loss in which every size is another. */
const many = fitLoss(
  Array.from({ length: 40 }, (_, i) => {
    const [params, tokens] = [1e8 * 1.2 ** i, 1e9 * 2 ** (i % 7)];
    return { cellKey: String(i), params, tokens, loss: 1.8 + 480 * params ** -0.35 + 2100 * tokens ** -0.37 };
  }),
);
const surface = "law" in many ? many : null;
const advice = recommend(
  result,
  recommendationTargetSchema.parse({ tokens: 2 ** 23, batchSeqs: 64, seqLen: 64, width: 64, baseWidth: 64 }),
)!;
const charts: [name: string, option: ChartOption, table: ChartTable][] = [
  [
    "the law with the target",
    targetLawOption(
      advice.picture!,
      { tokens: 2 ** 23, peakLr: advice.wsd!.peakLr, interval: advice.wsd!.confidence },
      theme,
    ),
    targetLawTable(advice.picture!),
  ],
  ["loss against LR", lrLossOption(batch8, theme), lrLossTable(batch8)],
  ["loss against LR with edges", lrLossOption(edge, theme), lrLossTable(edge)],
  [
    "batch and LR map",
    batchLrMapOption(optimaOf(small.filter((r) => r.tokens === 131072)), theme),
    batchLrMapTable(batch8),
  ],
  ["power law", powerLawOption({ fit, optima: result.optima, excluded: new Set() }, theme), optimaTable(result)],
  [
    "power law far beyond its data, with the band by bootstrap",
    powerLawOption(
      {
        fit,
        optima: result.optima,
        excluded: new Set(),
        beyond: 100,
        band: bootstrapBand(fit!, { ...result.settings, bootstrap: 50 }, lawPoints(fit!, result.optima, 100)),
      },
      theme,
    ),
    optimaTable(result),
  ],
  [
    "power law beside published ones",
    powerLawOption({ fit, optima: result.optima, excluded: new Set(), published: publishedLaws }, theme),
    optimaTable(result),
  ],
  [
    "published laws without a fit",
    powerLawOption({ fit: null, optima: result.optima, excluded: new Set(), published: publishedLaws }, theme),
    optimaTable(result),
  ],
  [
    "power law without a fit",
    powerLawOption({ fit: null, optima: result.optima, excluded: new Set() }, theme),
    optimaTable(result),
  ],
  ["loss law", lossLawOption(surface!, theme), lossTable(surface!)],
  ["residuals of the loss law", lossResidualsOption(surface!, theme), lossTable(surface!)],
  [
    "residuals",
    residualsOption({ rows: fit!.regression.rows, optima: result.optima }, theme),
    residualsTable(fit!.regression.rows),
  ],
  [
    "schedules",
    scheduleOption(schedules, { batchSeqs: 8, totalTokens: 1048576 }, theme),
    scheduleTable(schedules, { batchSeqs: 8, totalTokens: 1048576 }),
  ],
  ["predictions", predictionOption(report.cells, theme), cellsTable(report.cells)],
  ["regret", regretOption(report.cells, theme), cellsTable(report.cells)],
];

describe.each(charts)("%s", (_name, option, table) => {
  it("is drawn without a coordinate that is no number", () => {
    const chart = echarts.init(null, undefined, { renderer: "svg", ssr: true, width: 800, height: 400 });
    chart.setOption({ animation: false, ...option });
    const svg = chart.renderToSVGString();
    chart.dispose();
    expect(svg).toContain("<path");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("has its data as a table", () => {
    expect(table.rows.length).toBeGreaterThan(0);
    for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
  });
});

type Series = { name?: string; type: string; data: { value: number[]; symbolRotate?: number }[] };
const seriesOf = (option: ChartOption) => option.series as Series[];
const named = (option: ChartOption, name: string) => seriesOf(option).find((s) => s.name === name)!;

describe("the law beyond its data", () => {
  const svgOf = (beyond: number) => {
    const chart = echarts.init(null, undefined, { renderer: "svg", ssr: true, width: 800, height: 400 });
    chart.setOption({
      animation: false,
      ...powerLawOption({ fit, optima: result.optima, excluded: new Set(), beyond }, theme),
    });
    const svg = chart.renderToSVGString();
    chart.dispose();
    return svg;
  };

  it("says how far the drawing goes, and where ten times the data are passed", () => {
    expect(svgOf(4)).toContain("to 4× beyond the data");
    expect(svgOf(4)).not.toContain(">10×<");
    expect(svgOf(12)).toContain("to 12× beyond the data");
    expect(svgOf(12)).toContain(">10×<");
  });

  it("draws two depths of one width in two colours", () => {
    const deep = result.optima.map((o, i) => (i % 2 ? o : { ...o, sizeKey: "deep", dims: { ...o.dims, depth: 99 } }));
    const groups = (optima: typeof deep) =>
      new Set(
        seriesOf(powerLawOption({ fit, optima, excluded: new Set() }, theme))
          .filter((s) => s.type === "scatter")
          .map((s) => s.name),
      ).size;
    expect(groups(deep)).toBeGreaterThan(groups(result.optima));
  });

  it("has published laws as lines on its own axis, dashed and named so where their constants are not verified", () => {
    const law = publishedLaws.find((l) => l.id === "power-scheduler")!;
    const published = [law, { ...law, id: "other", name: "Other", mark: "unverified" as const }];
    const option = powerLawOption({ fit, optima: result.optima, excluded: new Set(), published }, theme);
    const strokes = seriesOf(option) as unknown as { name?: string; data: number[][]; lineStyle?: { type: string } }[];
    const [drawn, other] = ["Power Scheduler", "Other (unverified)"].map((n) => strokes.find((s) => s.name === n)!);
    expect([drawn!.lineStyle?.type, other!.lineStyle?.type]).toEqual(["solid", "dashed"]);
    const { low, high } = fit!.ranges.batchSeqs;
    const batch = Math.sqrt(low * high);
    const [x, y] = drawn!.data[30]!;
    const rate = (batch * 64 * 4.6 * (10 ** x!) ** -0.51) / 4096;
    expect(10 ** y! / (rate / batch ** fit!.law.c!)).toBeCloseTo(1, 9);
  });

  it("tells its bands apart by name", () => {
    expect(svgOf(4)).toContain("95% new optimum");
    expect(svgOf(4)).toContain("95% law (t)");
  });
});

it("puts many sizes of a loss law into six groups, and loses no loss", () => {
  const groups = sizeGroups(surface!);
  expect(groups).toHaveLength(6);
  expect(groups.reduce((n, g) => n + g.rows.length, 0)).toBe(surface!.n);
  expect(sizeGroups({ ...surface!, rows: surface!.rows.slice(0, 3) }).map((g) => g.name)).toEqual([
    "100M params",
    "120M params",
    "144M params",
  ]);
});

it("names counts apart that would read alike, in legends, tooltips and on axes", () => {
  const near = [1_000_100, 1_000_400].flatMap((params, i) =>
    small
      .filter((r) => r.batchSeqs === 8 && r.tokens === 131_072)
      .map((r) => ({
        ...r,
        runId: `${r.runId} ${i}`,
        tokens: i === 0 ? 1_000_100 : 1_030_400,
        paramsNonEmbedding: params,
      })),
  );
  const optima = optimaOf(near).map((o, i) => ({ ...o, dims: { ...o.dims, tokens: 1_000_100 + 300 * i } }));
  expect(optima).toHaveLength(2);
  const curves = lrLossOption(optima, theme);
  expect((curves.legend as { data: string[] }).data).toEqual(["1.0001M tok", "1.0004M tok"]);
  const fitted = optima.map((o) => ({ ...o, used: true, leftOut: null }));
  const law = powerLawOption({ fit: null, optima: fitted, excluded: new Set() }, theme);
  const sizes = new Set(
    seriesOf(law)
      .filter((s) => s.type === "scatter")
      .map((s) => s.name),
  );
  expect(sizes.size).toBe(2);
  const ticks = law.xAxis as { axisLabel: { formatter: (v: number) => string } };
  expect([1_000_100, 1_000_400].map((t) => ticks.axisLabel.formatter(Math.log10(t)))).toEqual(["1.0001M", "1.0004M"]);
});

describe("encodings", () => {
  it("puts the grid of learning rates on a log axis", () => {
    const axis = lrLossOption(batch8, theme).xAxis as { axisLabel: { customValues: number[] } };
    const ticks = axis.axisLabel.customValues.map((v) => Number((10 ** v).toPrecision(3)));
    expect(ticks).toEqual([0.001, 0.002, 0.004, 0.008, 0.016, 0.032]);
  });

  it("draws diverged runs on the top rail and censored optima as arrows", () => {
    const option = lrLossOption(edge, theme);
    const top = (option.yAxis as { max: number }).max;
    const diverged = named(option, "diverged").data;
    expect(diverged).toHaveLength(edge.length);
    for (const point of diverged) expect(point.value[1]).toBe(top);
    const censored = edge.filter((o) => o.status === "censored-low").length;
    expect(censored).toBeGreaterThan(0);
    expect(named(option, "censored").data).toHaveLength(censored);
  });

  it("marks every bracketed optimum, its error, the observed best and the plateau", () => {
    const option = lrLossOption(batch8, theme);
    for (const name of ["optimum", "standard error", "observed best", "within 0.25%"]) {
      expect(named(option, name).data).toHaveLength(4);
    }
  });

  it("has an equal step of colour for an equal factor of the learning rate", () => {
    expect(lrColour(0, theme)).toBe("rgb(0,34,78)");
    expect(new Set([0, 0.25, 0.5, 0.75, 1].map((t) => lrColour(t, theme))).size).toBe(5);
  });
});
