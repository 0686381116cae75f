export { decayLabel } from "./label";
export { decayFactor, learningRate, type ScheduleRun } from "./learning-rate";
export {
  kneeTokens,
  optimalLearningRate,
  PAPER_AMPLITUDE_RATIO,
  powerFromFit,
  schedulePoints,
} from "./power";
export {
  type DecayShape,
  decayShapes,
  type Schedule,
  scheduleSchema,
} from "./schema";
