import { endpoint } from "./endpoint";
export const get = endpoint({ access: "read", handle: async () => ({}) });
