export { type MeasuredAmplitude, measuredAmplitude, type PowerRun } from "./amplitude";
export {
  type ComparedRun,
  compareSchedules,
  type NamedPower,
  type ScheduleComparison,
} from "./compare";
export { type LossCurve, lossPoints } from "./curve";
export { domainOf, isBeyond, type LawDomain } from "./domain";
export { fitScheduleLaw, type ScheduleFit } from "./fit";
export type { NotIdentifiable } from "./identifiable";
export { predictLoss, type ScheduleLaw } from "./law";
export { type RunLength, runSchedule, scheduleAt, stepsOf } from "./run-schedule";
export { type CurveScores, scoreOf } from "./score";
