export { type Regret, regretAt } from "./cells";
export type { CheckName } from "./check";

export { type TransferCheck, type TransferReport, transferReport } from "./transfer";
