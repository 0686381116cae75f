/** Why the data do not determine a law. */
export type NotIdentifiable = {
  reason: "no-optima" | "one-value" | "no-params" | "too-few-optima" | "dependent" | "no-convergence";
  message: string;
};
