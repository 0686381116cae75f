import { notFound } from "../errors";
import { getRecommendation } from "../services/recommendation";
import { endpoint } from "./endpoint";

/** What training code reads: the advice, its interval, its state. A draft is nobody's advice yet. */
export const get = endpoint({
  access: "read",
  handle: async ({ ctx, params }) => {
    const r = await getRecommendation(ctx, { id: params.id! });
    if (r.state === "draft") throw notFound("published recommendation", params.id!);
    return r;
  },
});
