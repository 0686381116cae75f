export { bootstrap } from "./bootstrap";
export { createTeam, createTeamInput, deleteTeam, deleteTeamInput, renameTeam, renameTeamInput } from "./create";
export { listTeams } from "./list";
export {
  addMember,
  changeAddress,
  changeRole,
  changeRoleInput,
  findMembers,
  findMembersInput,
  leaveTeam,
  listMembers,
  memberInput,
  memberLink,
  removeMember,
  type Signing,
} from "./members";
export { hiddenFromSession, resolveMembership } from "./membership";
export { endOldAccess } from "./old-access";
export { requireOneSecret, sessionName, sharedSecret } from "./secret";
export { createSignInLink } from "./sign-in-link";
export { getTeamSettings, saveTeamSettings, teamSettingsInput } from "./update";
