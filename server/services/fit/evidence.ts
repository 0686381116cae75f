import type { FitResult } from "@/lib/fit";
import type { TransferSummary } from "@/lib/recommend";
import { anyParams, sizeName } from "@/lib/run";
import type { Context } from "@/server/context";
import { computed } from "../compute";
import { runPoints } from "../run";

/** The law of the fit's smaller sizes, tested on its largest one. Empty for a fit on a single size. */
export async function transferEvidence(
  ctx: Context,
  input: { project: string; fit: FitResult },
): Promise<TransferSummary[]> {
  const { fit, project } = input;
  const used = fit.optima.filter((o) => o.used);
  const largest = used.reduce<(typeof used)[number] | null>((best, o) => (sizeOf(o) > sizeOf(best) ? o : best), null);
  if (!largest || new Set(used.map((o) => o.sizeKey)).size < 2) return [];
  const runsOf = (test: (sizeKey: string) => boolean) =>
    new Set(fit.optima.filter((o) => test(o.sizeKey)).flatMap((o) => o.points.flatMap((p) => p.runIds)));
  const [sourceIds, targetIds] = [
    runsOf((s) => s !== largest.sizeKey && used.some((o) => o.sizeKey === s)),
    runsOf((s) => s === largest.sizeKey),
  ];
  const points = await runPoints(ctx, { project, ids: fit.runIds });
  const settings = { ...fit.settings, sizes: null, bootstrap: 0 };
  const report = await computed(
    "transferReport",
    points.filter((p) => sourceIds.has(p.runId)),
    points.filter((p) => targetIds.has(p.runId)),
    { settings },
  );
  return [{ target: sizeName(largest.dims), verdict: report.verdict, sentence: report.sentence }];
}

function sizeOf(o: FitResult["optima"][number] | null): number {
  return (o && (anyParams(o.dims) ?? o.dims.width)) ?? 0;
}
