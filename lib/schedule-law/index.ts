export { type LossCurve, lossPoints } from "./curve";
export { fitScheduleLaw, type ScheduleFit } from "./fit";
export type { NotIdentifiable } from "./identifiable";
export { predictLoss, type ScheduleLaw } from "./law";
export { type CurveScores, scoreOf } from "./score";
