export { addLearningRates } from "./add-learning-rates";
export { additionCost } from "./addition-cost";
export { addLearningRatesInput } from "./additions";
export { createSweep, createSweepInput } from "./create";
export { getSweep } from "./get";
export { listSweeps } from "./list";
export { setSweepState } from "./set-state";
