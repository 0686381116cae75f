export { recordAudit, recordAuditOnce } from "./record";
