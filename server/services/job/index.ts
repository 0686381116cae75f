export { expireLeases } from "./expire";
export { failJob } from "./fail";
export { finishJob } from "./finish";
export { heartbeatJob } from "./heartbeat";
export { leaseJob } from "./lease";
export { releaseJob } from "./release";
