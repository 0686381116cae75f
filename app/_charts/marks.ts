import { type ChartTheme, categoryColour, SHAPES } from "./theme";

/** From here on points are drawn as one path a series, without the growth under the pointer. */
const MANY = 400;
const CROSS = "path://M0,0L10,10M10,0L0,10";

export interface Mark {
  /** What a click on it chooses. */
  id: string | undefined;
  value: [number, number];
  /** Name in the legend, which gives the colour. */
  group: string;
  /** Position of its batch among all, which gives the shape. */
  batch: number;
  /** Filled: counts; hollow: does not; cross: taken out by hand. */
  kind: "filled" | "hollow" | "cross";
  chosen: boolean;
  /** HTML of its tooltip, made when it is shown. */
  tip: () => string;
}

/**
 * Marks as scatter series, one for each look: a style for every point makes most of the time that many points take to
 * draw. `groups` are all names in the order of their colours.
 */
export function markSeries(marks: readonly Mark[], groups: readonly string[], size: number, theme: ChartTheme) {
  const looks = new Map<string, Mark[]>();
  for (const mark of marks) {
    const shape = mark.kind === "cross" ? "" : mark.batch % SHAPES.length;
    const look = [mark.kind, mark.chosen, groups.indexOf(mark.group), shape].join();
    const same = looks.get(look);
    if (same) same.push(mark);
    else looks.set(look, [mark]);
  }
  return [...looks.values()].map((same) => {
    const { kind, chosen, batch, group } = same[0]!;
    const colour = categoryColour(groups.indexOf(group), theme);
    const cross = kind === "cross";
    return {
      type: "scatter",
      name: group,
      large: marks.length > MANY,
      largeThreshold: 1,
      progressive: 0,
      symbol: cross ? CROSS : SHAPES[batch % SHAPES.length],
      symbolSize: chosen ? size + 6 : cross ? size - 1 : size,
      itemStyle: {
        color: kind === "filled" ? colour : theme.surface,
        borderColor: chosen ? theme.text : cross ? theme.muted : colour,
        borderWidth: chosen ? 3 : 1.8,
        opacity: 1,
      },
      z: chosen ? 6 : 5,
      data: same.map(({ id, value, tip }) => ({ id, value, tip })),
    };
  });
}

/** Of the groups, in their colours whatever the first mark of each looks like. */
export function markLegend(groups: readonly string[], theme: ChartTheme) {
  return {
    type: "scroll",
    textStyle: { color: theme.text, fontSize: 11 },
    itemHeight: 9,
    data: groups.map((name, i) => {
      const color = categoryColour(i, theme);
      return { name, icon: "circle", itemStyle: { color, borderColor: color, borderWidth: 0 } };
    }),
  };
}

export const markTip = (p: { data?: { tip?: () => string } }) => p.data?.tip?.() ?? "";
