export { acceptInvitation, acceptOwnInvitation, invitationsTo, offeredInvitation } from "./accept";
export {
  invitationInput,
  invite,
  renewInvitation,
  renewInvitationInput,
  revokeInvitation,
} from "./create";
export { listInvitations } from "./list";
