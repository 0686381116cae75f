import { notFound } from "../../errors";
import { adviseFor, adviseTarget, getRecommendation } from "../../services/recommendation";
import { call } from "../door/call";

/** Nearest first. */
export const list = call("GET", "/api/v1/recommendations", {
  access: "read",
  summary: "The published recommendation that fits a target run",
  query: { target: "tokens=1e12,batchSeqs=1024,...", project: "slug" },
  answer: "the recommendation",
  tagged: true,
  handle: ({ ctx, query }) =>
    adviseTarget(ctx, { target: query.get("target") ?? "", project: query.get("project") ?? undefined }),
});

/**
 * What training code reads: the advice, its interval, its state; for another target with `?target=`. A draft is
 * nobody's advice yet.
 */
export const get = call("GET", "/api/v1/recommendations/{id}", {
  access: "read",
  summary: "A published recommendation",
  answer: "the recommendation",
  tagged: true,
  handle: async ({ ctx, params, query }) => {
    const target = query.get("target");
    if (target !== null) return adviseFor(ctx, { id: params.id, target });
    const r = await getRecommendation(ctx, params);
    if (r.state === "draft") throw notFound("published recommendation", params.id);
    return r;
  },
});
