export { signOut } from "./auth";
export { contextOf, currentTeams, currentUser, type SignedIn, scriptNonce, signInPath, teamsOf } from "./session";
