import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";

type Progress = Outputs["sweep"]["list"][number]["progress"];

/** Bar of the work done, with counts in words. */
export function ProgressBar({ progress, state }: { progress: Progress; state: string }) {
  const { finished, diverged, running, queued, failed, canceled, total, doneFraction, secondsLeft } = progress;
  const part = (n: number) => `${(100 * n) / Math.max(1, total)}%`;
  const facts = [
    `${finished} of ${total} done`,
    running > 0 && `${running} running`,
    queued > 0 && `${queued} queued`,
    diverged > 0 && `${diverged} diverged`,
    failed > 0 && `${failed} failed`,
    canceled > 0 && `${canceled} canceled`,
    state === "running" && secondsLeft !== null && `about ${format.duration(secondsLeft)} left`,
  ].filter(Boolean);
  return (
    <div>
      <div
        className="flex h-2 overflow-hidden rounded-full bg-sunken"
        role="progressbar"
        aria-valuenow={Math.round(100 * doneFraction)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={`${Math.round(100 * doneFraction)}% of the work is done`}
      >
        <div className="bg-finished" style={{ width: part(finished - diverged) }} />
        <div className="bg-diverged" style={{ width: part(diverged) }} />
        <div className="bg-failed" style={{ width: part(failed) }} />
        <div className="bg-running/60" style={{ width: part(running) }} />
      </div>
      <p className="num mt-1.5 text-xs text-muted">
        {total === 0
          ? "No run is queued yet."
          : `${facts.join(" · ")} · ${Math.round(100 * doneFraction)}% of the work`}
      </p>
    </div>
  );
}
