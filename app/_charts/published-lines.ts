import type { PublishedLine } from "@/lib/published-laws";
import { at } from "./axes";
import { legend, line } from "./marks";
import { type ChartTheme, tokensColour } from "./theme";

/** A law of others as it is drawn: its points in the units of the vertical axis. */
export type DrawnLaw = PublishedLine;

/** A stroke as a symbol of the legend: whole, or of two parts. */
const STROKE = "path://M0,4h14v2h-14z";
const DASHES = "path://M0,4h6v2h-6zM9,4h6v2h-6z";

/** One line a law, dashed where its constants are not verified. */
export function publishedLines(laws: readonly DrawnLaw[], theme: ChartTheme) {
  return laws.map((law, i) => {
    const color = tokensColour(i, laws.length, theme);
    const data = law.points.map(({ x, y }) => [at(x), at(y)]);
    // On the side that the line does not come from.
    const offset = [-4, law.points.length > 1 && law.points.at(-1)!.y > law.points[0]!.y ? -9 : 9];
    const endLabel = { show: true, formatter: law.name, color, fontSize: 11, align: "right", offset };
    const stroke = { color, width: 2, type: isDashed(law) ? ("dashed" as const) : ("solid" as const) };
    return { ...line(stroke, { name: nameOf(law), data, z: 3, clip: true }), endLabel };
  });
}

/** Their names, and which of them are not verified. */
export function publishedLegend(laws: readonly DrawnLaw[], top: number, theme: ChartTheme) {
  const data = laws.map((law, i) => {
    const color = tokensColour(i, laws.length, theme);
    return { name: nameOf(law), icon: isDashed(law) ? DASHES : STROKE, itemStyle: { color, borderWidth: 0 } };
  });
  return legend(theme, { top, itemWidth: 14, data });
}

const isDashed = ({ mark }: DrawnLaw) => mark === "unverified";
const nameOf = (law: DrawnLaw) => (isDashed(law) ? `${law.name} (unverified)` : law.name);
