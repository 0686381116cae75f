export { type ChartBlock, chartBlock, chartBlockSchema, fitsOf, parseChartBlock, reportCharts } from "./chart-block";
