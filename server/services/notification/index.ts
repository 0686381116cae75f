export { listNotifications } from "./list";
export { notifyWatchers } from "./notify";
export { readNotifications, readNotificationsInput } from "./read";
