export { type Proposal, proposeRuns } from "./propose";
