export { adoptCheckpointFiles } from "./adopt";
export { checkpointBytes, getCheckpoint } from "./get";
export { putCheckpoint } from "./put";
