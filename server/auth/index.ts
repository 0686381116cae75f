export { auth, signOut } from "./auth";
export { contextOf, currentTeams, currentUser, type SignedIn } from "./session";
