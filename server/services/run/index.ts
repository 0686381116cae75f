export { createRun } from "./create";
export { exportRuns } from "./export";
export { finishRun } from "./finish";
export { getRun } from "./get";
export { listRuns } from "./list";
export { appendLog, readLog } from "./log";
export { runPoints } from "./points";
export { stopRun } from "./stop";
