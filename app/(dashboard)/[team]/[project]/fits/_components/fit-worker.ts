import type { RunPoint } from "@/lib/estimate";
import {
  bootstrapBand,
  compareForms,
  type FitResult,
  type FitSettings,
  type FormComparison,
  fitLaw,
  type LawPoint,
} from "@/lib/fit";

/** What the page asks of its worker: runs once per change of them, then settings. */
export type FitTask =
  | { kind: "runs"; runs: RunPoint[] }
  | { kind: "fit"; id: number; settings: FitSettings; band: LawPoint[]; beyond: number };

export interface FitAnswer {
  id: number;
  /** How far beyond the data `band` goes, as a factor in tokens. */
  beyond: number;
  result: FitResult;
  comparison: FormComparison[];
  band: ({ low: number; high: number } | null)[] | null;
}

let runs: RunPoint[] = [];
let latest: Extract<FitTask, { kind: "fit" }> | null = null;

self.onmessage = ({ data }: MessageEvent<FitTask>) => {
  if (data.kind === "runs") {
    runs = data.runs;
    return;
  }
  // Tasks that came in while one was computed are obsolete but for the last.
  if (latest === null) setTimeout(work);
  latest = data;
};

function work(): void {
  const task = latest!;
  latest = null;
  const result = fitLaw(runs, task.settings);
  const answer: FitAnswer = {
    id: task.id,
    beyond: task.beyond,
    result,
    comparison: compareForms(runs, { ...task.settings, topBatches: undefined }),
    band: result.fit?.kind === "lr" ? bootstrapBand(result.fit, result.settings, task.band) : null,
  };
  self.postMessage(answer);
}
