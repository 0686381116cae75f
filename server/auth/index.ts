export { signOut } from "./auth";
export { contextOf, currentTeams, currentUser, type SignedIn, teamsOf } from "./session";
