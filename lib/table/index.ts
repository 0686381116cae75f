export { parseFilter } from "./filter";
export { parseMapping, pointsOfTable, type TableProblem } from "./mapping";
