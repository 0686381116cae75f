export { Agent } from "./agent";
