export { getFit } from "./get";
export { listFits } from "./list";
export { fitPoints } from "./points";
export { saveFit, saveFitInput } from "./save";
export { scheduleLawInput, scheduleLawOf } from "./schedule-law";
export { stepsToLossInput, stepsToLossOf } from "./steps-to-loss";
export { unfinishedRuns } from "./unfinished";
