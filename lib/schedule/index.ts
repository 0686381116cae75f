export { decayFactor, learningRate, type ScheduleRun } from "./learning-rate";
export {
  kneeTokens,
  meanLearningRate,
  optimalLearningRate,
  PAPER_AMPLITUDE_RATIO,
  PAPER_CAP,
  type PowerLaw,
  powerFromFit,
  schedulePoints,
} from "./power";
export {
  type DecayShape,
  decayShapes,
  type Schedule,
  type ScheduleInput,
  type ScheduleKind,
  scheduleKinds,
  scheduleSchema,
} from "./schema";
