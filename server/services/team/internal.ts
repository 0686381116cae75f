export { announceReach, endOldAccess } from "./old-access";
