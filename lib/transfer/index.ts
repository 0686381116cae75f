export { type Regret, regretAt, type TargetCell } from "./cells";
export type { Check, CheckName, Verdict } from "./check";
export {
  type LeaveOutEvidence,
  type LrErrorEvidence,
  PASS_REGRET,
  type RegretEvidence,
  WARN_REGRET,
} from "./prediction-checks";
export type { SameLawEvidence } from "./same-law";
export { EQUIVALENCE_MARGIN, type ShiftEvidence } from "./shift";
export { type TransferCheck, type TransferOptions, type TransferReport, transferReport } from "./transfer";
export type { WidthSlopeEvidence } from "./width-slope";
