import * as format from "@/lib/format";
import type { Recommendation } from "@/lib/recommend";
import type { ParamDefinition } from "@/lib/run";

export const PARAMS: Record<ParamDefinition, string> = {
  nonEmbedding: "non-embedding",
  total: "total",
  active: "active",
};

/** "1B parameters (total)", "width 2048", "any size": what is known of the target's size. */
export function targetSize({ target, evidence }: Pick<Recommendation, "target" | "evidence">): string {
  const by = evidence.paramDefinition ? ` (${PARAMS[evidence.paramDefinition]})` : "";
  const parts = [
    target.params ? `${format.paramCount(target.params)} parameters${by}` : "",
    target.width ? `width ${target.width}` : "",
    target.depth ? `depth ${target.depth}` : "",
  ].filter(Boolean);
  return parts.join(", ") || "any size";
}
