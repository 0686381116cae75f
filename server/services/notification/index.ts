export { listNotifications } from "./list";
export { readNotifications, readNotificationsInput } from "./read";
