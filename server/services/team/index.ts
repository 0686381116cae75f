export { bootstrap } from "./bootstrap";
export { listTeams } from "./list";
export { resolveMembership } from "./membership";
export { createSignInLink } from "./sign-in-link";
