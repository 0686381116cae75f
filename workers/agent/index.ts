export { Agent } from "./agent";
export { childEnvironment } from "./environment";
