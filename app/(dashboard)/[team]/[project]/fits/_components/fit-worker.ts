import {
  bootstrapBand,
  compareForms,
  type FitResult,
  type FitSettings,
  type FormComparison,
  fitLaw,
  type LawPoint,
} from "@/lib/fit";
import type { RunPoint } from "@/lib/run";

/** What the page asks of its worker: runs once per change of them, then settings. */
export type FitTask =
  | { kind: "runs"; runs: RunPoint[] }
  | { kind: "fit"; id: number; settings: FitSettings; band: LawPoint[] };

export interface FitAnswer {
  id: number;
  /** False where intervals are still to come. */
  final: boolean;
  result: FitResult;
  comparison: FormComparison[] | null;
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
  if (task.settings.form === "chinchilla") {
    // Sixteen starts take a moment, a thousand resamples seconds: the law is shown in between.
    const law = fitLaw(runs, { ...task.settings, bootstrap: 0 });
    self.postMessage({ id: task.id, final: false, result: law, comparison: null, band: null } satisfies FitAnswer);
  }
  const result = fitLaw(runs, task.settings);
  const answer: FitAnswer = {
    id: task.id,
    final: true,
    result,
    comparison: compareForms(runs, { ...task.settings, topBatches: undefined }),
    band: result.fit?.kind === "lr" ? bootstrapBand(result.fit, result.settings, task.band) : null,
  };
  self.postMessage(answer);
}
