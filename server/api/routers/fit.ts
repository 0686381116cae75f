import { router } from "../trpc";
export const fitRouter = router({});
