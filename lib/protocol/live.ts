/** What changed; pages fetch only that. `metrics` means new points of a run, `rewind` that some were hidden. */
export interface LiveEvent {
  projectId: string | null;
  kind:
    | "run"
    | "metrics"
    | "rewind"
    | "job"
    | "sweep"
    | "worker"
    | "fit"
    | "recommendation"
    | "log"
    | "deletion"
    | "project"
    | "notification";
  id: string;
}
