import * as format from "@/lib/format";
import type { RecommendationTarget } from "@/lib/recommend";

/** "1B parameters", "width 2048", "any size": what is known of the target's size. */
export function targetSize(target: RecommendationTarget): string {
  const parts = [
    target.params ? `${format.paramCount(target.params)} parameters` : "",
    target.width ? `width ${target.width}` : "",
    target.depth ? `depth ${target.depth}` : "",
  ].filter(Boolean);
  return parts.join(", ") || "any size";
}
