export { mailsLinks } from "../services/account";
export { signOut } from "./auth";
export {
  contextOf,
  currentSession,
  currentTeams,
  currentUser,
  hiddenNow,
  means,
  type SignedIn,
  scriptNonce,
  selfOf,
  signInPath,
  teamsOf,
} from "./session";
