export { transferEvidence } from "./evidence";
export { getFit } from "./get";
export { listFits } from "./list";
export { saveFit, saveFitInput } from "./save";
