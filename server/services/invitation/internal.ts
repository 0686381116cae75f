export { revokeOpen } from "./revoke-open";
