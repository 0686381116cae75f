export { alertOfRun } from "./alert";
export { listNotifications } from "./list";
export { getPreferences, preferencesInput, savePreferences } from "./preferences";
export { readNotifications, readNotificationsInput } from "./read";
