import type { LrFit } from "../fit";
import { paramCount, tokenCount } from "../format";
import { type Check, MARGIN, MARGIN_LOG2, undecided } from "./check";

/** Errors in octaves (log2 of the LR) over `cells` optima at `heldOut`, in parameters or tokens as `what` says. */
export type LeaveOutEvidence = {
  what: string;
  heldOut: number;
  cells: number;
  rmsLog2: number;
  maxLog2: number;
  stepLog2: number;
  marginLog2: number;
};

const FEWEST = 3;

/**
 * Check 6: the source's law refitted without its largest model, or its longest runs, and compared with those. Pass:
 * at least three optima, none missed by more than a factor 1.5; fail: missed by more than that in the rms.
 */
export function leaveLargestOutCheck(fit: LrFit, stepLn: number): Check<LeaveOutEvidence> {
  const title = "Predicting the largest part of the source from the rest";
  const found = fit.regression.leaveLargestOut;
  const chosen = found.find((l) => l.what === "size") ?? found[0];
  if (!chosen) return undecided("leave-largest-out", title, "the source is too small to withhold a part of it");
  const { heldOut, n: cells, rmsLog2, maxLog2 } = chosen;
  const few = cells < FEWEST;
  const what = chosen.what === "size" ? `N = ${paramCount(heldOut)}` : `T = ${tokenCount(heldOut)}`;
  const missed = cells === 1 ? "its optimum" : `its ${cells} optima`;
  const sentence = `Without ${what} the law misses ${missed} by ${rmsLog2.toFixed(2)} log2 rms (worst ${maxLog2.toFixed(2)}; a factor ${MARGIN} is ${MARGIN_LOG2.toFixed(2)})${few ? `, too few to show that it holds there; at least ${FEWEST} are needed` : ""}.`;
  return {
    name: "leave-largest-out",
    title,
    verdict: verdictOf(few, rmsLog2, maxLog2),
    sentence,
    evidence: {
      what: chosen.what,
      heldOut,
      cells,
      rmsLog2,
      maxLog2,
      stepLog2: stepLn / Math.LN2,
      marginLog2: MARGIN_LOG2,
    },
  };
}

function verdictOf(few: boolean, rmsLog2: number, maxLog2: number): Check["verdict"] {
  if (maxLog2 <= MARGIN_LOG2) return few ? "inconclusive" : "pass";
  return few || rmsLog2 <= MARGIN_LOG2 ? "warn" : "fail";
}
