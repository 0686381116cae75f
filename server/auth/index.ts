export { sendsMail } from "../mail";
export { signOut } from "./auth";
export {
  contextOf,
  currentSession,
  currentTeams,
  currentUser,
  isStillIn,
  type SignedIn,
  scriptNonce,
  signInPath,
  teamsOf,
} from "./session";
