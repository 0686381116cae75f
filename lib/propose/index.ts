export { leastBudget, type Plan, type PlanOptions, planFor, planning } from "./plan";
export { type Proposal, type ProposedRun, proposeRuns } from "./propose";
export { parametrizationOf, trainablePlaces, trainableRuns } from "./trainable";
