import { expect, it } from "vitest";
import { type Mark, markLegend, markSeries, markTip } from "./marks";
import { theme } from "./test-theme";
import { categoryColour } from "./theme";

const mark = (part: Partial<Mark>): Mark => ({
  ...{ id: "a", value: [1, 2], group: "small", batch: 0, kind: "filled", chosen: false, tip: () => "" },
  ...part,
});
const seriesOf = (marks: Mark[]) => markSeries(marks, ["small", "large"], 11, theme);

it("puts marks of one look into one series, and keeps what a click and a tooltip need", () => {
  const series = seriesOf([
    mark({ id: "a", tip: () => "first" }),
    mark({ id: "b", kind: "hollow" }),
    mark({ id: "c", group: "large" }),
    mark({ id: "d", kind: "cross", batch: 3 }),
    mark({ id: "e", chosen: true }),
    mark({ id: "f", value: [3, 4] }),
  ]);
  expect(series.map((s) => s.data.map((d) => d.id).join(""))).toEqual(["af", "b", "c", "d", "e"]);
  const [filled, hollow, large, cross, chosen] = series;
  expect([filled!.name, large!.name]).toEqual(["small", "large"]);
  expect(filled!.itemStyle.color).toBe(categoryColour(0, theme));
  expect(large!.itemStyle.color).toBe(categoryColour(1, theme));
  expect([hollow!.itemStyle.color, hollow!.itemStyle.borderColor]).toEqual([theme.surface, categoryColour(0, theme)]);
  expect([cross!.symbol!.startsWith("path://"), cross!.itemStyle.borderColor]).toEqual([true, theme.muted]);
  expect(chosen!.z).toBeGreaterThan(filled!.z);
  expect(chosen!.symbolSize).toBeGreaterThan(filled!.symbolSize);
  expect(markTip({ data: filled!.data[0] })).toBe("first");
  expect(filled!.large).toBe(false);
});

it("draws many points as one path a look, under a legend in the colours of the groups", () => {
  const series = seriesOf(Array.from({ length: 1_000 }, (_, i) => mark({ id: String(i), batch: i % 10 })));
  expect(series).toHaveLength(7);
  expect(series.every((s) => s.large)).toBe(true);
  expect(series.flatMap((s) => s.data)).toHaveLength(1_000);
  const { data } = markLegend(["small", "large"], theme);
  expect(data.map((d) => d.itemStyle.color)).toEqual([categoryColour(0, theme), categoryColour(1, theme)]);
});
