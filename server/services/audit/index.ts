export { exportAudit } from "./export";
export { auditChoices, auditListInput, listAudit } from "./list";
export {
  auditRetentionInput,
  expireAudit,
  getAuditRetention,
  saveAuditRetention,
  startAuditExpiry,
} from "./retention";
