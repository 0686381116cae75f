export { endOldAccess } from "./old-access";
