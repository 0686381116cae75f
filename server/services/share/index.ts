export { createSharedLink, createSharedLinkInput } from "./create";
export { listSharedLinks } from "./list";
export { readShared } from "./read";
export { revokeSharedLink } from "./revoke";
export { shareable } from "./what";
