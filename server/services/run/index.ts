export { appendLog, readLog } from "./log";
export { createRun } from "./create";
export { exportRuns } from "./export";
export { finishRun } from "./finish";
export { getRun } from "./get";
export { listRuns, type RunRow } from "./list";
export { runPoints } from "./points";
export { stopRun } from "./stop";
