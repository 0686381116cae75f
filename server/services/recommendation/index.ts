export { adviseFor, adviseTarget } from "./advise";
export { commentInput, commentOnRecommendation } from "./comment";
export { createRecommendation, createRecommendationInput } from "./create";
export { getRecommendation } from "./get";
export { listRecommendations } from "./list";
export { publishInput, publishRecommendation } from "./publish";
export { outcomeInput, setOutcome } from "./set-outcome";
export { withdrawRecommendation } from "./withdraw";
