import type { Optimum } from "@/lib/estimate";
import * as format from "@/lib/format";
import { definitionOf, dimensionNames, lossLabels, sizeNames } from "@/lib/run";

const others = dimensionNames.filter((d) => {
  const { role } = definitionOf(d);
  return (role === "curve" || role === "recipe") && d !== "lossMetric" && d !== "lossTaken";
}) as (keyof Optimum["dims"])[];

/**
 * Names of curves that stand side by side: size, tokens, batch, the loss where it is not the usual one, and what else
 * they differ in.
 */
export function curveTitles(curves: readonly Optimum[]): (curve: Optimum) => string {
  const size = sizeNames(curves);
  const tokens = format.apart(
    curves.map((o) => o.dims.tokens),
    format.tokenCount,
  );
  const differ = others.filter((d) => new Set(curves.map((o) => o.dims[d] ?? null)).size > 1);
  const labelOf = lossLabels(curves.map((o) => o.dims));
  return (o) => {
    const loss = labelOf(o.dims);
    const rest = differ.map((d) => `, ${definitionOf(d).label.toLowerCase()} ${o.dims[d] ?? "unknown"}`).join("");
    return `${size(o.sizeKey)}, ${tokens(o.dims.tokens)} tok, batch ${o.dims.batchSeqs}${loss && `, ${loss}`}${rest}`;
  };
}
