export { createRecommendation, createRecommendationInput } from "./create";
export { getRecommendation } from "./get";
export { listRecommendations } from "./list";
export { publishRecommendation } from "./publish";
export { withdrawRecommendation } from "./withdraw";
