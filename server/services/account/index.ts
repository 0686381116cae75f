export { deleteAccount, deleteAccountInput } from "./delete";
export { mailSignInLink, mailsLinks } from "./mail-link";
export { accountOf, updateAccount, updateAccountInput } from "./profile";
export { endOtherSessions, endSession, listSessions } from "./sessions";
