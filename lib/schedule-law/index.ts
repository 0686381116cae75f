export type { LossCurve } from "./curve";
export { lossPoints } from "./curve";
export { fitScheduleLaw, type ScheduleFit } from "./fit";
export type { NotIdentifiable } from "./identifiable";
export { predictLoss, type ScheduleLaw } from "./law";
export type { RateSchedule } from "./schedule";
export { type Score, scoreOf } from "./score";
