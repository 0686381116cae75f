export { signOut } from "./auth";
export { contextOf, contextOfKey, currentTeams, currentUser, type SignedIn, teamsOf } from "./session";
