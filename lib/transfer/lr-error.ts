import { rms } from "../fit";
import { counted } from "../format";
import type { TargetCell } from "./cells";
import { type Check, MARGIN, MARGIN_LN, mean, octaves, undecided } from "./check";

/** Errors in octaves (log2 of the LR) over `cells` optima of the target, of `copyCells` of the source's rate copied. */
export type LrErrorEvidence = {
  cells: number;
  /** Cells whose whole interval lies within the margin, beyond it, or neither. */
  within: number;
  beyond: number;
  undecided: number;
  rmsLog2: number;
  maxLog2: number;
  biasLog2: number;
  copyCells: number;
  copyRmsLog2: number | null;
  copyMaxLog2: number | null;
};

/**
 * Check 1: distance in ln LR between the law and the target's optima, against a factor 1.5. Pass: at least two cells
 * in three are shown to lie within it, and at most one in twenty is off by more; fail: more than a third is shown to
 * be off by more, warning: more than one in twenty.
 */
export function lrErrorCheck(cells: readonly TargetCell[]): Check<LrErrorEvidence> {
  const title = "Predicted against measured best learning rate";
  if (cells.length === 0) return undecided("lr-error", title, "the target has no bracketed optimum to compare with");
  const errors = cells.map((c) => c.error);
  const copied = cells.flatMap((c) => (c.copyError === null ? [] : [c.copyError]));
  const count = (place: TargetCell["place"]) => cells.filter((c) => c.place === place).length;
  const evidence: LrErrorEvidence = {
    cells: cells.length,
    within: count("within"),
    beyond: count("beyond"),
    undecided: count("undecided"),
    rmsLog2: rms(errors) / Math.LN2,
    maxLog2: Math.max(...errors.map(Math.abs)) / Math.LN2,
    biasLog2: mean(errors) / Math.LN2,
    copyCells: copied.length,
    copyRmsLog2: copied.length > 0 ? rms(copied) / Math.LN2 : null,
    copyMaxLog2: copied.length > 0 ? Math.max(...copied.map(Math.abs)) / Math.LN2 : null,
  };
  const off = errors.filter((e) => Math.abs(e) > MARGIN_LN).length;
  const copy =
    copied.length > 0
      ? ` Copying the source's LR unchanged gives ${octaves(rms(copied))} rms in ${counted(copied.length, "cell")}.`
      : "";
  const sentence = `The law is ${octaves(rms(errors))} rms (worst ${evidence.maxLog2.toFixed(2)}, mean ${evidence.biasLog2.toFixed(2)}) from the target's best LR; ${placesOf(evidence)}.${copy}`;
  return { name: "lr-error", title, verdict: verdictOf(evidence, off), sentence, evidence };
}

function verdictOf({ cells, within, beyond }: LrErrorEvidence, off: number): Check["verdict"] {
  const few = Math.floor(cells / 20);
  if (beyond > few) return beyond > cells / 3 ? "fail" : "warn";
  return within >= (2 * cells) / 3 && off <= few ? "pass" : "inconclusive";
}

function placesOf({ cells, within, beyond, undecided: open }: LrErrorEvidence): string {
  const parts = [
    `${within} of ${counted(cells, "cell")} ${within === 1 ? "is" : "are"} shown to lie within a factor ${MARGIN}`,
    beyond > 0 ? `${beyond} beyond it` : "",
    open > 0 ? `${open} ${open === 1 ? "is" : "are"} too imprecise to say` : "",
  ];
  return parts.filter(Boolean).join(", ");
}
