export { signOut } from "./auth";
export { contextOfKey } from "./key";
export { contextOf, currentTeams, currentUser, type SignedIn, teamsOf } from "./session";
