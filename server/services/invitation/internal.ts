export { openAt } from "./accept";
export { revokeOpen } from "./revoke-open";
