import type { HistoryState, Output, RunOutput } from "../history";

/** A value of a metric as MLflow keeps it. */
export interface Logged {
  metric: string;
  value: number;
  /** Milliseconds since 1970. */
  time: number;
  step: number;
}

/** What MLflow keeps of a run beside its points; times in milliseconds since 1970. */
export interface About {
  id: string | null;
  name: string | null;
  /** A number in files, a word elsewhere. */
  status: unknown;
  startedAt: number | null;
  endedAt: number | null;
  experiment: string | null;
  params: ReadonlyMap<string, string>;
  tags: ReadonlyMap<string, string>;
}

const STATES: readonly [RegExp, HistoryState | null][] = [
  [/^(3|FINISHED)$/i, "finished"],
  [/^(4|FAILED)$/i, "failed"],
  [/^(5|KILLED)$/i, "crashed"],
];
const MOST_CHARACTERS = 500;
/** Tags of MLflow's own that say nothing that a run should keep. */
const OWN = /^mlflow\.(runName|note\.content|log-model\.history|loggedArtifacts|user|source\.type)$/;

export function tellAbout(about: About, run: RunOutput): void {
  const { params, tags } = about;
  run.sourceId = about.id;
  run.name = tags.get("mlflow.runName")?.trim() || about.name || about.id;
  run.notes = tags.get("mlflow.note.content") ?? "";
  run.state = STATES.find(([like]) => like.test(String(about.status)))?.[1] ?? null;
  run.unended = run.state === null;
  run.startedAt = about.startedAt;
  run.endedAt = about.endedAt;
  run.config(Object.fromEntries(params));
  const kept = [...tags].filter(([key, value]) => !OWN.test(key) && value.length <= MOST_CHARACTERS);
  run.tags = kept.filter(([key]) => !key.startsWith("mlflow.")).map(([key, value]) => `${key}=${value}`);
  const own = kept.filter(([key]) => key.startsWith("mlflow.")).map(([key, value]) => [key.slice(7), value]);
  const said = Object.fromEntries([...(about.experiment ? [["experiment", about.experiment]] : []), ...own]);
  if (Object.keys(said).length > 0) run.config({ mlflow: said });
}

/**
 * Points of all metrics in the order of their times, those of one metric in the order in which they were logged, so
 * that a restart goes back in all of them together.
 */
export async function tellPoints(metrics: readonly (readonly Logged[])[], run: RunOutput, out: Output): Promise<void> {
  const all: { at: number; point: Logged }[] = [];
  for (const points of metrics) {
    let at = Number.NEGATIVE_INFINITY;
    for (const point of points) {
      at = Math.max(at, point.time);
      all.push({ at, point });
    }
  }
  all.sort((p, q) => p.at - q.at || p.point.step - q.point.step);
  for (const [i, { point }] of all.entries()) {
    run.point(point.metric, point.step, point.value, point.time);
    if (i % 10_000 === 0) await out.room();
  }
}

/** A number as MLflow writes it; null for what is none. */
export function valueIn(text: string): number | null {
  const special = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(text);
  if (special)
    return special[2] ? Number.NaN : special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) ? null : value;
}

export const deletedMessage = (id: string | null) => `the run ${id ?? ""} was deleted in MLflow; it is left out`;
