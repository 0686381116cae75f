export { createApiKey, createApiKeyInput } from "./create";
export { limitApiKey, limitApiKeyInput } from "./limit";
export { findApiKeys, findApiKeysInput, listApiKeys } from "./list";
export { revokeApiKey } from "./revoke";
export { GRACE_HOURS, rotateApiKey, rotateApiKeyInput } from "./rotate";
export { verifyApiKey } from "./verify";
