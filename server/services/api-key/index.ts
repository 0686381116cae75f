export { createApiKey, createApiKeyInput } from "./create";
export { listApiKeys } from "./list";
export { revokeApiKey } from "./revoke";
export { verifyApiKey } from "./verify";
