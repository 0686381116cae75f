import { notFound } from "../errors";
import { adviseFor, adviseTarget, getRecommendation } from "../services/recommendation";
import { endpoint } from "./endpoint";

/** The published advice for `?target=tokens=1e12,batchSeqs=1024`, nearest first; of one project with `&project=`. */
export const list = endpoint({
  access: "read",
  handle: ({ ctx, request }) => {
    const query = new URL(request.url).searchParams;
    return adviseTarget(ctx, { target: query.get("target") ?? "", project: query.get("project") ?? undefined });
  },
});

/** What training code reads: the advice, its interval, its state; for another target with `?target=`. A draft is nobody's advice yet. */
export const get = endpoint({
  access: "read",
  handle: async ({ ctx, params, request }) => {
    const target = new URL(request.url).searchParams.get("target");
    if (target !== null) return adviseFor(ctx, { id: params.id!, target });
    const r = await getRecommendation(ctx, { id: params.id! });
    if (r.state === "draft") throw notFound("published recommendation", params.id!);
    return r;
  },
});
