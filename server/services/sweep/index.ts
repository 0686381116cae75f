export { addLearningRates, addLearningRatesInput } from "./add-learning-rates";
export { additionCost } from "./addition-cost";
export { createSweep, createSweepInput } from "./create";
export { getSweep } from "./get";
export { listSweeps } from "./list";
export { setSweepState } from "./set-state";
