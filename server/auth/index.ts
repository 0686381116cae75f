export { auth, handlers, signOut } from "./auth";
export { contextOf, currentTeams, currentUser, type SignedIn } from "./session";
