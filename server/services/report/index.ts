export { commentOnReport, commentOnReportInput, reportCommentsOf } from "./comment";
export { createReport, createReportInput } from "./create";
export { getReport } from "./get";
export { listReports } from "./list";
export { removeReport } from "./remove";
export { saveReport, saveReportInput } from "./save";
