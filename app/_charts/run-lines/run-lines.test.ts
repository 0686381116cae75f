import { CustomChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as format from "@/lib/format";
import { bucketise } from "@/lib/series";
import { theme } from "../test-theme";
import { classOf, colouringByRun, colouringOf, OTHER, UNKNOWN } from "./colours";
import { type Area, type Frame, limits, type RunLine, xPixels, yPixels } from "./lines";
import { bucketAt, nearest } from "./nearest";
import { logTicks, runLinesOption } from "./option";
import { rasterise } from "./raster";
import { nonFiniteColumns } from "./shapes";

echarts.use([CustomChart, GridComponent, SVGRenderer]);

const area: Area = { x: 0, y: 0, width: 100, height: 100 };

function lineOf(values: number[], x: number[] = values.map((_, i) => i), buckets = 1_000, runId = "r"): RunLine {
  const view = { from: x[0]!, to: x.at(-1)!, buckets, scale: "linear" as const };
  return {
    runId,
    name: runId,
    colour: "#0072b2",
    buckets: bucketise(Float64Array.from(x), Float64Array.from(values), view),
    smoothed: null,
  };
}

/** The SVG painter writes a full circle as so many arcs. */
const ARCS_A_CIRCLE = 2;

const all = { logX: false, logY: false, range: null, full: true };

function svgOf(lines: RunLine[], frame: Frame): string {
  const chart = echarts.init(null, undefined, { renderer: "svg", ssr: true, width: 600, height: 300 });
  const spec = { lines, frame, x: "step" as const, yName: "loss", formatY: String, placed: () => {} };
  chart.setOption({ animation: false, ...runLinesOption(spec, theme) });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

describe("limits", () => {
  it("show every extreme of the buckets, so that one spike among ten thousand points is in view", () => {
    const values = Array.from({ length: 10_000 }, (_, i) => (i === 5_000 ? 3.5 : 2 + (i % 7) / 10));
    const frame = limits({ ...all, lines: [lineOf(values, undefined, 100)], full: false });
    expect(frame.y.max).toBeGreaterThan(3.5);
    expect(frame.above).toBe(0);
  });

  it("leave out what would flatten the rest, count it, and show it on demand", () => {
    const values = Array.from({ length: 1_000 }, (_, i) => (i < 3 ? 1e6 : 2 + (i % 7) / 10));
    const lines = [lineOf(values)];
    const usual = limits({ ...all, lines, full: false });
    expect(usual.y.max).toBeLessThan(3);
    expect(usual.above).toBe(3);
    expect(limits({ ...all, lines }).y.max).toBeGreaterThanOrEqual(1e6);
  });

  it("leave room for the marks at both ends of what there is, none where it was chosen", () => {
    const lines = [lineOf([1, 2], [100, 300])];
    expect(limits({ ...all, lines }).x).toMatchObject({ min: 98, max: 302 });
    const { min, max } = limits({ ...all, lines, logX: true }).x;
    expect([Math.log(100 / min), Math.log(max / 300)]).toEqual([0, 0].map(() => expect.closeTo(Math.log(3) / 100, 12)));
    expect(limits({ ...all, lines, range: { from: 100, to: 300 } }).x).toMatchObject({ min: 100, max: 300 });
  });

  it("give a single place room of its own size, or what is asked", () => {
    const lines = [lineOf([2.5], [131_072])];
    expect(limits({ ...all, lines }).x).toEqual({ min: 65_536, max: 196_608, log: false });
    expect(limits({ ...all, lines, room: 60 }).x).toEqual({ min: 131_012, max: 131_132, log: false });
    expect(limits({ ...all, lines: [lineOf([2.5], [0])] }).x).toEqual({ min: -1, max: 1, log: false });
    expect(limits({ ...all, lines, logX: true }).x).toEqual({ min: 65_536, max: 262_144, log: true });
  });

  it("are those of all values together, whichever lines they belong to", () => {
    const spike = fc.record({ at: fc.nat(399), power: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(fc.array(spike, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (spikes, count) => {
        const values = Array.from({ length: 400 }, (_, i) => 2 + (i % 17) / 10);
        for (const { at, power } of spikes) values[at] = 10 ** power;
        const size = values.length / count;
        const lines = Array.from({ length: count }, (_, k) =>
          lineOf(values.slice(Math.floor(k * size), Math.floor((k + 1) * size))),
        );
        const of = (some: RunLine[]) => {
          const { y, above } = limits({ ...all, lines: some, full: false });
          return { y, above };
        };
        expect(of(lines)).toEqual(of([lineOf(values)]));
        expect(of(lines.reverse())).toEqual(of([lineOf(values)]));
      }),
    );
  });

  it("are ascending and hold all finite values, whatever the values", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, min: -1e300, max: 1e300 }),
      fc.constantFrom(Number.NaN, Infinity, -Infinity),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), fc.boolean(), (values, logY) => {
        const frame = limits({ ...all, lines: [lineOf(values)], logY });
        expect(frame.x.max).toBeGreaterThan(frame.x.min);
        expect(frame.y.max).toBeGreaterThan(frame.y.min);
        if (logY) expect(frame.y.min).toBeGreaterThan(0);
        else
          for (const v of values.filter(Number.isFinite)) {
            expect(v).toBeGreaterThanOrEqual(frame.y.min);
            expect(v).toBeLessThanOrEqual(frame.y.max);
          }
      }),
    );
  });
});

describe("drawing", () => {
  it("takes the line through both extremes of a bucket", () => {
    const values = Array.from({ length: 1_000 }, (_, i) => (i === 500 ? 9 : 1));
    const line = lineOf(values, undefined, 10);
    const frame = limits({ ...all, lines: [line] });
    const path = /<path d="([^"]*)"[^>]*stroke="#0072b2"/.exec(svgOf([line], frame))![1]!;
    const heights = [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((m) => Number(m[1]));
    expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(200);
  });

  it.each([false, true])("has no coordinate that is no number, with logarithmic axes %s", (log) => {
    const lines = [
      lineOf([5, 3, Number.NaN, 2, Infinity, -1, 0, 2]),
      lineOf([Number.NaN, Number.NaN]),
      lineOf([4]),
      { ...lineOf([1, 2, 4]), smoothed: Float64Array.of(1, Number.NaN, 4) },
    ];
    const frame = limits({ ...all, lines, logX: log, logY: log });
    const svg = svgOf(lines, frame);
    expect(svg).toContain("<path");
    expect(/NaN|undefined|Infinity/.exec(svg)).toBeNull();
  });

  it("draws a point between gaps as a dot, on linear and logarithmic axes, raw and smoothed", () => {
    // 2 and 7 stand alone between NaNs, at the end one alone; on the logarithmic axis 5 stands alone between zeros too.
    const values = [Number.NaN, 2, Number.NaN, 3, 4, Number.NaN, 0, 5, -1, Number.NaN, Number.POSITIVE_INFINITY, 7];
    const alone = lineOf(values);
    const arcs = (of: RunLine, logY: boolean) =>
      [...svgOf([of], limits({ ...all, logY, lines: [of] })).matchAll(/ d="([^"]*)"/g)].flatMap(
        ([, d]) => d!.match(/A2\.5 2\.5/g) ?? [],
      ).length / ARCS_A_CIRCLE;
    expect(arcs(alone, false)).toBe(2);
    expect(arcs(alone, true)).toBeGreaterThanOrEqual(2);
    const smoothed = { ...alone, smoothed: Float64Array.from(values) };
    expect(arcs(smoothed, false)).toBe(4);
    expect(arcs(lineOf([1, 2, 3]), false)).toBe(0);
    expect(arcs(lineOf([Number.NaN, 1, Number.NaN]), false)).toBe(1);
  });

  it("marks the places of values that are not finite", () => {
    const line = lineOf([1, Number.NaN, 2, Infinity, 3]);
    const frame = limits({ ...all, lines: [line], range: { from: 0, to: 4 } });
    expect(nonFiniteColumns([line], frame, area)).toEqual([25, 75]);
    const triangles = (of: RunLine) =>
      new RegExp(`<path d="(M[^"]*)" fill="${theme.diverged}"`).test(svgOf([of], frame));
    expect(triangles(line)).toBe(true);
    expect(triangles(lineOf([1, 2, 3]))).toBe(false);
  });

  it("has round ticks on logarithmic axes, also where they are short", () => {
    expect(logTicks(1, 1e8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((e) => 10 ** e));
    expect(logTicks(1, 100)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks(2.1, 3).length).toBeGreaterThanOrEqual(3);
  });
});

describe("the image of many lines", () => {
  const draw = (lines: RunLine[], size: Area = area) => {
    const frame = limits({ ...all, lines });
    const colours = Uint32Array.from(lines, (_, i) => i + 1);
    const { data, width } = rasterise(lines, colours, frame, size, 1);
    const [px, py] = [xPixels(frame, size), yPixels(frame, size)];
    return { data, at: (x: number, y: number) => data[Math.floor(y) * width + Math.floor(x)], px, py, width };
  };

  it("has the pixel of every extreme of every bucket, in the colour of its line", () => {
    const value = fc.integer({ min: -1e6, max: 1e6 }).map((v) => v / 7);
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 300 }), (values) => {
        const line = lineOf(values, undefined, 40);
        const { at, px, py } = draw([line]);
        for (let i = 0; i < line.buckets.x.length; i++) {
          for (const v of [line.buckets.min[i]!, line.buckets.max[i]!]) {
            const x = Math.min(px.offset + px.scale * line.buckets.x[i]!, 99.99);
            expect(at(x, Math.min(py.offset + py.scale * v, 99.99))).toBe(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("joins points without gaps: some pixel in every column between first and last", () => {
    const line = lineOf([0, 5, 1, 4, 2], [0, 3, 4, 9, 10]);
    const { data, width } = draw([line]);
    for (let x = 0; x < width; x++) expect(Array.from({ length: 100 }, (_, y) => data[y * width + x])).toContain(1);
  });

  it("shows a point between gaps as a dot of more than one pixel", () => {
    const alone = lineOf([Number.NaN, 1, Number.NaN, Number.NaN, 3, Number.NaN, 2, 2]);
    const frame = limits({ ...all, lines: [alone] });
    const { data, width } = rasterise([alone], Uint32Array.of(7), frame, area, 1);
    const px = xPixels(frame, area);
    const py = yPixels(frame, area);
    for (const [x, y] of [
      [1, 1],
      [4, 3],
    ] as const) {
      const [column, row] = [Math.floor(px.offset + px.scale * x), Math.floor(py.offset + py.scale * y)];
      for (const [dx, dy] of [
        [0, 0],
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ] as const)
        expect(data[(row + dy) * width + column + dx]).toBe(7);
    }
  });

  it("leaves a gap where nothing is finite and puts later lines over earlier ones", () => {
    const gap = draw([lineOf([1, 1, Number.NaN, Number.NaN, Number.NaN, 1, 1])]);
    for (let x = 20; x < 80; x++) expect(Array.from({ length: 100 }, (_, y) => gap.at(x, y))).not.toContain(1);
    const two = draw([lineOf([0, 1]), lineOf([0, 1])]);
    expect(new Set(two.data)).toEqual(new Set([0, 2]));
  });
});

describe("nearest", () => {
  it("finds the line under the pointer among a thousand, by brute force over all points", () => {
    const lines = Array.from({ length: 1_000 }, (_, k) =>
      lineOf(
        Array.from({ length: 50 }, (_, i) => k + 0.3 * Math.sin(i + k)),
        undefined,
        50,
        `r${k}`,
      ),
    );
    const frame = limits({ ...all, lines });
    const big: Area = { x: 0, y: 0, width: 1_000, height: 20_000 };
    const [px, py] = [xPixels(frame, big), yPixels(frame, big)];
    fc.assert(
      fc.property(fc.nat({ max: 999 }), fc.nat({ max: 49 }), (k, i) => {
        const at = {
          x: px.offset + px.scale * i,
          y: py.offset + py.scale * lines[k]!.buckets.last[i]!,
        };
        expect(nearest(lines, frame, big, at)).toEqual({ line: k, bucket: i });
      }),
      { numRuns: 50 },
    );
  });

  it("sees a steep line between its points and nothing far away", () => {
    const line = lineOf([0, 100], [0, 1]);
    const frame = limits({ ...all, lines: [line] });
    expect(nearest([line], frame, area, { x: 50, y: 50 })).toMatchObject({ line: 0 });
    expect(nearest([line], frame, area, { x: 10, y: 10 })).toBeNull();
  });

  it("finds the bucket nearest to a value of x", () => {
    const line = lineOf([1, 2, 3], [0, 10, 100]);
    expect([-5, 4, 6, 54, 56, 1e9].map((x) => bucketAt(line, x, false))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(bucketAt(lineOf([1, 2], [1, 100]), 11, true)).toBe(1);
  });
});

describe("colours", () => {
  const values = (list: (string | null)[]) => new Map(list.map((v, i) => [`r${i}`, v]));

  it("run along a scale for many numbers and are classes for few", () => {
    const rates = values(["0.001", "0.002", "0.004", "0.008", "0.016", "0.032", "0.064"]);
    const scale = colouringOf(rates, theme);
    expect(scale).toMatchObject({ kind: "scale", low: "0.001", high: "0.064" });
    expect(new Set([...rates.keys()].map(scale.of)).size).toBe(7);
    const few = colouringOf(values(["8", "16", "8", null]), theme);
    expect(few).toMatchObject({
      kind: "classes",
      classes: [
        { name: "8", runs: 2 },
        { name: "16", runs: 1 },
        { name: UNKNOWN, runs: 1 },
      ],
    });
    expect(few.of("r0")).toBe(few.of("r2"));
    expect(few.of("r0")).not.toBe(few.of("r1"));
  });

  it("name counts apart that would read alike, so that one click hides one of them", () => {
    const text = (v: string, digits?: number) => format.tokenCount(Number(v), digits);
    const alike = values(["1000100", "1000400", "131072", "1000100"]);
    const colouring = colouringOf(alike, theme, text);
    if (colouring.kind !== "classes") throw new Error("classes expected");
    expect(colouring.classes.map((c) => c.name)).toEqual(["128Ki", "1.0001M", "1.0004M"]);
    expect(["1000100", "1000400"].map((v) => classOf(colouring, v))).toEqual(["1.0001M", "1.0004M"]);
    const sameName = ["0a1b2c3d-1", "4e5f6a7b-2"].map((id) => ({ id, name: "run" }));
    const byRun = colouringByRun([...sameName, { id: "x", name: "other" }], theme);
    expect(byRun.kind === "classes" && byRun.classes.map((c) => c.name)).toEqual([
      "run (0a1b2c3d)",
      "run (4e5f6a7b)",
      "other",
    ]);
    expect(classOf(byRun, "4e5f6a7b-2")).toBe("run (4e5f6a7b)");
  });

  it("put the rarest texts into one class", () => {
    const many = values(["a", "a", "b", "b", "c", "d", "e", "f", "g"]);
    const colouring = colouringOf(many, theme);
    if (colouring.kind !== "classes") throw new Error("classes expected");
    expect(colouring.classes).toHaveLength(6);
    expect(colouring.classes.at(-1)).toMatchObject({ name: OTHER });
    expect(colouring.classes.reduce((n, c) => n + c.runs, 0)).toBe(9);
    expect(classOf(colouring, "g")).toBe(OTHER);
    expect(classOf(colouring, "a")).toBe("a");
  });
});
