import { NO_POINTS, type Points } from "@/lib/series";
import { type Asker, metricsOf } from "./names";
import { readPoints } from "./points";

/** One run's values of one metric, ascending in step; times are milliseconds since 1970. */
export interface Series {
  runId: string;
  steps: number[];
  values: number[];
  tokens: (number | null)[];
  times: (number | null)[];
}

/** Every point of one metric, exactly. `afterStep` gives only what lies after it. Unknown runs come back empty. */
export async function seriesOf(
  ctx: Asker,
  input: { runIds: string[]; metric: string; afterStep?: number },
): Promise<Series[]> {
  const range = { from: (input.afterStep ?? -1) + 1, to: Number.MAX_SAFE_INTEGER };
  const stored = await readPoints(ctx.sql, await metricsOf(ctx, input), { tokens: true, times: true }, range);
  return input.runIds.map((runId) => asSeries(runId, stored.get(runId) ?? NO_POINTS));
}

export function asSeries(runId: string, points: Points): Series {
  const known = (column: Float64Array | null) =>
    Array.from(points.steps, (_, i) => (column && !Number.isNaN(column[i]) ? column[i]! : null));
  return {
    runId,
    steps: Array.from(points.steps),
    values: Array.from(points.values),
    tokens: known(points.tokens),
    times: known(points.times),
  };
}
