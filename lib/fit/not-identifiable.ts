/** Why the data do not determine a law. */
export type NotIdentifiable = {
  reason: "no-optima" | "one-value" | "no-params" | "no-decay" | "too-few-optima" | "dependent" | "no-convergence";
  message: string;
};
