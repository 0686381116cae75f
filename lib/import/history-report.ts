import type { FoundRun, HistoryReport } from "./histories";
import { type Result, resultOf } from "./result";

/** JSON has no word for NaN and the infinities. */
const named = (v: number) => (Number.isFinite(v) ? v : String(v));

/**
 * What came of a run, from all that was read of it. `now` in milliseconds since 1970; `live` where its files are
 * followed.
 */
export function resultOfRun({ files, read }: FoundRun, now: number, live = false): Result {
  const times = files.map((f) => f.modified).filter((t) => t !== null);
  return resultOf(read, { modified: times.length === 0 ? null : Math.max(...times), now, live });
}

/** What `etalon import --json` prints; `ids` are those of stored runs, null where nothing was stored. */
export function reportJson(
  { runs, files, problems }: HistoryReport,
  { project, now, ids }: { project: string | null; now: number; ids: ReadonlyMap<FoundRun, string> },
) {
  return {
    project,
    runs: runs.map((run) => {
      const { read, format } = run;
      const { state, finalLoss, lossMetric, lossTaken, diverged, trainTailLoss } = resultOfRun(run, now);
      return {
        id: ids.get(run) ?? null,
        name: read.name,
        format: format.name,
        state,
        diverged,
        points: read.points,
        rewinds: read.rewinds,
        finalLoss: finalLoss === null ? null : named(finalLoss),
        lossMetric,
        lossTaken,
        trainTailLoss: trainTailLoss === null ? null : named(trainTailLoss),
        startedAt: read.startedAt,
        endedAt: read.endedAt,
        config: plain(read.settings),
        summary: plain(read.results),
        metrics: Object.fromEntries(
          [...read.summaries()].map(([name, { points, nonFinite, first, last }]) => [
            name,
            {
              points,
              nonFinite,
              first: { step: first.step, value: named(first.value) },
              last: { step: last.step, value: named(last.value) },
            },
          ]),
        ),
      };
    }),
    files,
    problems,
  };
}

/** Values that JSON can hold: numbers that are not finite by their names, large whole numbers as text. */
export function plain(value: unknown): unknown {
  if (typeof value === "number") return named(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value ?? null;
}
