import type { Optimum } from "@/lib/estimate";
import * as format from "@/lib/format";
import { lossLabel, sizeNames } from "@/lib/run";

/** Names of curves that stand side by side: size, tokens, batch, and the loss where it is not the usual one. */
export function curveTitles(curves: readonly Optimum[]): (curve: Optimum) => string {
  const size = sizeNames(curves);
  const tokens = format.apart(
    curves.map((o) => o.dims.tokens),
    format.tokenCount,
  );
  return (o) => {
    const loss = lossLabel(o.dims);
    return `${size(o.sizeKey)}, ${tokens(o.dims.tokens)} tok, batch ${o.dims.batchSeqs}${loss && `, ${loss}`}`;
  };
}
