import { z } from "zod";
import { stepsToLoss } from "@/lib/batch";
import { whole } from "@/lib/series";
import { authorise, type Context } from "@/server/context";
import { bucketsOf } from "@/server/store";

/** `target` left out: the largest of the runs' least losses, which all of them reach. */
export const stepsToLossInput = z.strictObject({
  runIds: z.array(z.guid()).min(1).max(64),
  metric: z.string().min(1).max(500),
  target: z.number().positive().nullable().default(null),
});

/** Steps are those at which the metric was logged; null where the run never came so low, or has no such points. */
type StepsToLoss = { target: number | null; runs: { runId: string; points: number; steps: number | null }[] };

/** Losses are means over so many parts of a run, as those of single steps are noisy. */
const PARTS = 100;

/**
 * How many steps runs needed to come down to one loss, by their stored curves. Errors: `not_found` for an id that is no
 * run of the team.
 */
export async function stepsToLossOf(ctx: Context, input: z.input<typeof stepsToLossInput>): Promise<StepsToLoss> {
  authorise(ctx, "read");
  const { runIds, metric, target: asked } = stepsToLossInput.parse(input);
  const curves: Awaited<ReturnType<typeof meanCurve>>[] = [];
  // One at a time: curves can be long, and only their means are kept.
  for (const runId of runIds) curves.push(await meanCurve(ctx, runId, metric));
  const least = curves.flatMap(({ means }) => {
    const finite = means.map((p) => p.value).filter(Number.isFinite);
    return finite.length > 0 ? [Math.min(...finite)] : [];
  });
  const target = asked ?? (least.length > 0 ? Math.max(...least) : null);
  const runs = curves.map(({ runId, points, means }) => ({
    runId,
    points,
    steps: target === null ? null : stepsToLoss(means, target),
  }));
  return { target, runs };
}

async function meanCurve(ctx: Context, runId: string, metric: string) {
  const { series } = await bucketsOf(ctx, { runIds: [runId], metric, x: "step", buckets: PARTS });
  const { exact, columns, points } = series[0]!;
  const { x, mean } = whole(exact, columns());
  return { runId, points, means: Array.from(x, (step, i) => ({ step, value: mean[i]! })) };
}
