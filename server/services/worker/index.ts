export { listWorkers } from "./list";
export { registerWorker } from "./register";
export { stopWorker } from "./stop";
