export {
  type ChartBlock,
  chartBlock,
  chartBlockSchema,
  fitsOf,
  parseChartBlock,
  reportCharts,
  withoutLiveSettings,
} from "./chart-block";
