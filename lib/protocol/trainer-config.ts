import { canShareTrunk, type RunConfig } from "./run-config";

/** Files and reporting of one job; `train` and `val` are absolute paths on the worker. */
export type TrainerPaths = { train: string; val: string; format?: "u8"; logEveryTokens?: number };

/** The run.json of one job: one trunk with a branch per token count. */
export type TrainerConfig = Omit<RunConfig, "tokens" | "data"> & {
  tokens: number[];
  data: { train: string; val: string; format: "u8"; valWindows: number };
  logEveryTokens: number;
};

/**
 * The trainer's config for runs that differ only in their token counts.
 * Throws when there is none, when they differ in anything else, or when their schedule cannot share a trunk.
 */
export function trainerConfig(runs: readonly RunConfig[], paths: TrainerPaths): TrainerConfig {
  const first = runs[0];
  if (!first) throw new Error("a job needs at least one run");
  const other = runs.find((run) => trunkKey(run) !== trunkKey(first));
  if (other) throw new Error(`the runs of a job may differ only in tokens: ${trunkKey(first)} and ${trunkKey(other)}`);
  const tokens = [...new Set(runs.map((run) => run.tokens))].sort((p, q) => p - q);
  if (tokens.length > 1 && !canShareTrunk(first.schedule)) {
    throw new Error(
      `a ${first.schedule.kind} schedule depends on its length, so its job holds one run, not ${tokens.length}`,
    );
  }
  const { data, tokens: _one, ...rest } = first;
  return {
    ...rest,
    tokens,
    data: { train: paths.train, val: paths.val, format: paths.format ?? "u8", valWindows: data.valWindows },
    logEveryTokens: paths.logEveryTokens ?? 4096,
  };
}

/** Canonical text of everything in a config but its token count; equal for runs that can share a trunk. */
export function trunkKey({ tokens: _one, ...shared }: RunConfig): string {
  return JSON.stringify(sorted(shared));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([p], [q]) => (p < q ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
