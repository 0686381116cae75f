import * as format from "@/lib/format";
import { type Schedule, type ScheduleRun, schedulePoints } from "@/lib/schedule";
import { GRID, tooltip, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { type ChartTheme, categoryColour } from "./theme";

export interface NamedSchedule {
  name: string;
  schedule: Schedule;
}

const DASHES = ["solid", "dashed", "dotted", "solid"] as const;

/** Learning rate against tokens for schedules of one run, on linear axes: areas under the lines can be compared. */
export function scheduleOption(schedules: readonly NamedSchedule[], run: ScheduleRun, theme: ChartTheme): ChartOption {
  return {
    grid: { ...GRID, left: 70, top: 34 },
    legend: { top: 6, textStyle: { color: theme.text, fontSize: 11 } },
    tooltip: {
      ...tooltip(theme),
      trigger: "axis",
      valueFormatter: (v: number) => format.learningRate(v, 4),
      axisPointer: {
        label: { formatter: (p: { value: number }) => `${format.tokenCount(Math.round(p.value))} tokens` },
      },
    },
    xAxis: {
      ...valueAxis({
        name: "tokens trained",
        min: 0,
        max: run.totalTokens,
        format: (v) => format.tokenCount(v),
        theme,
      }),
      nameGap: 28,
    },
    yAxis: {
      ...valueAxis({ name: "learning rate", min: 0, format: (v) => format.learningRate(v), theme }),
      nameGap: 52,
    },
    series: schedules.map(({ name, schedule }, i) => ({
      type: "line",
      name,
      symbol: "none",
      lineStyle: { width: 2, type: DASHES[i % DASHES.length], color: categoryColour(i, theme) },
      itemStyle: { color: categoryColour(i, theme) },
      data: schedulePoints(schedule, run),
    })),
  };
}

export function scheduleTable(schedules: readonly NamedSchedule[], run: ScheduleRun): ChartTable {
  return {
    columns: ["schedule", "tokens", "learning rate"],
    rows: schedules.flatMap(({ name, schedule }) => schedulePoints(schedule, run, 50).map(([n, lr]) => [name, n, lr])),
  };
}
