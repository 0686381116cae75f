export { adoptCheckpointFiles } from "./adopt";
export { dropEndedCheckpoints } from "./drop";
export { checkpointBytes, getCheckpoint } from "./get";
export { putCheckpoint } from "./put";
