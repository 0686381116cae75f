export { NOTIFICATION_KINDS, type NotificationKind, SUBJECT_KINDS, type SubjectKind, shownKinds } from "./kinds";
export { ALERT_LEVELS, type AlertLevel, type Details, wordsOf } from "./words";
