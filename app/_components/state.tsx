type Shown =
  | "queued"
  | "running"
  | "stale"
  | "finished"
  | "diverged"
  | "failed"
  | "canceled"
  | "crashed"
  | "waiting"
  | "paused"
  | "draft"
  | "published"
  | "superseded"
  | "withdrawn"
  | "online"
  | "offline";

const LOOK: Record<Shown, { icon: string; className: string }> = {
  queued: { icon: "○", className: "text-queued" },
  waiting: { icon: "○", className: "text-queued" },
  paused: { icon: "‖", className: "text-diverged" },
  running: { icon: "◐", className: "text-running" },
  stale: { icon: "◔", className: "text-diverged" },
  finished: { icon: "●", className: "text-finished" },
  diverged: { icon: "✕", className: "text-diverged" },
  failed: { icon: "▲", className: "text-failed" },
  crashed: { icon: "▲", className: "text-failed" },
  canceled: { icon: "◌", className: "text-muted" },
  draft: { icon: "○", className: "text-queued" },
  published: { icon: "●", className: "text-finished" },
  superseded: { icon: "◌", className: "text-muted" },
  withdrawn: { icon: "✕", className: "text-failed" },
  online: { icon: "●", className: "text-finished" },
  offline: { icon: "◌", className: "text-muted" },
};

/** State as icon, colour and word, the same on every page. */
export function State({ state }: { state: Shown }) {
  const { icon, className } = LOOK[state];
  return (
    <span className={`inline-flex items-center gap-1.5 ${className}`}>
      <span aria-hidden className="text-[11px] leading-none">
        {icon}
      </span>
      {state}
    </span>
  );
}

/**
 * A finished run that diverged is shown as diverged, one that has gone quiet as stale: both are words of display only.
 */
export function runState(run: {
  state: "queued" | "running" | "finished" | "failed" | "canceled" | "crashed";
  diverged: boolean;
  /** Without a sign of life for some minutes, as the server's clock has it. */
  silent: boolean | null;
}): Shown {
  if (run.state === "running" && run.silent) return "stale";
  return run.state === "finished" && run.diverged ? "diverged" : run.state;
}
