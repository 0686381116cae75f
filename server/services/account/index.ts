export { deleteAccount, deleteAccountInput } from "./delete";
export { mailSignInLink } from "./mail-link";
export { accountOf, type Self, updateAccount, updateAccountInput } from "./profile";
export { endOtherSessions, endSession, listSessions } from "./sessions";
