import type { Dimensions } from "./dimensions";

export const paramDefinitions = ["nonEmbedding", "total", "active"] as const;
/** Which parameter count N stands for. */
export type ParamDefinition = (typeof paramDefinitions)[number];

type Counts = Pick<Dimensions, "paramsNonEmbedding" | "paramsTotal" | "paramsActive">;

const COLUMNS = {
  nonEmbedding: "paramsNonEmbedding",
  total: "paramsTotal",
  active: "paramsActive",
} as const satisfies Record<ParamDefinition, keyof Counts>;

/** The parameter count of that definition; null where unknown. */
export function paramsBy(definition: ParamDefinition, run: Counts): number | null {
  return run[COLUMNS[definition]];
}

/** What N counts where nobody says it: the first definition that all runs have; non-embedding where none is. */
export function knownParams(runs: readonly Counts[]): ParamDefinition {
  const isKnown = (d: ParamDefinition) => runs.length > 0 && runs.every((run) => paramsBy(d, run) !== null);
  return paramDefinitions.find(isKnown) ?? "nonEmbedding";
}

/** The first count that is known, to say how large a model is; the order is that of `paramDefinitions`. */
export function anyParams(run: Counts): number | null {
  return run.paramsNonEmbedding ?? run.paramsTotal ?? run.paramsActive;
}
