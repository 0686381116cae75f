export { admit, type Identity } from "./admit";
export { checkIssuer } from "./check";
export { type Issuer, isSafe, type Provider, signInSettings } from "./settings";
export { getTeamSignIn, opensSso, saveTeamSignIn, teamSignInInput, unlinkMember } from "./team";
export { countSignIn } from "./throttle";
