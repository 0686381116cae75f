export { type LossCurve, lossPoints } from "./curve";
export { fitScheduleLaw, type ScheduleFit } from "./fit";
export type { NotIdentifiable } from "./identifiable";
export { predictLoss, type ScheduleLaw } from "./law";
export type { RateSchedule } from "./schedule";
export { type CurveScores, scoreOf } from "./score";
