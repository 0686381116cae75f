import { router } from "../trpc";
export const recommendationRouter = router({});
