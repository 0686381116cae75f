export { signOut } from "./auth";
export {
  contextOf,
  currentTeams,
  currentUser,
  isStillIn,
  type SignedIn,
  scriptNonce,
  signInPath,
  teamsOf,
} from "./session";
