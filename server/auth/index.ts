export { mailsLinks } from "../services/account";
export { signOut } from "./auth";
export {
  contextOf,
  currentSession,
  currentTeams,
  currentUser,
  hiddenNow,
  means,
  opens,
  type SignedIn,
  SSO_TEAM,
  scriptNonce,
  selfOf,
  signInPath,
  signInProviders,
  teamsOf,
} from "./session";
