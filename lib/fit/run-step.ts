import type { RunStep } from "./forms";
import type { NotIdentifiable } from "./not-identifiable";
import type { FitRow } from "./rows";

/**
 * Weight decay and sequence length that stand for those of a run that does not say them: the one of the rows, of several
 * decays that of the least loss. A reason where a row has no timescale that its rate decides: a decay whose convention
 * is unknown is read as multiplied by the rate, as of PyTorch; one that is independent of it leaves the rate free.
 */
export function runStepOf(rows: readonly FitRow[]): RunStep | NotIdentifiable {
  const missing = rows.filter((row) => !known(row.weightDecay));
  if (missing.length > 0) return refused(`${said(missing.length, rows.length)} no weight decay`, "Map weightDecay");
  const without = rows.filter((row) => !(row.weightDecay! > 0));
  if (without.length > 0) return refused(`${said(without.length, rows.length)} a weight decay of 0`, "Leave them out");
  const independent = rows.filter((row) => row.weightDecayConvention === "independent");
  if (independent.length > 0)
    return refused(
      `${said(independent.length, rows.length)} weight decay that is independent of the rate, so that no timescale tells a rate`,
      "Use another form",
    );
  const unknown = rows.filter((row) => row.seqLen === null);
  if (unknown.length > 0)
    return refused(`${said(unknown.length, rows.length)} no sequence length`, "Map seqLen, or batches in tokens");
  const lengths = new Set(rows.map((row) => row.seqLen));
  const best = rows.reduce((least, row) => (row.loss < least.loss ? row : least));
  return { weightDecay: best.weightDecay!, seqLen: lengths.size === 1 ? best.seqLen : null };
}

const known = (value: number | null | undefined) => value !== null && value !== undefined;

const said = (n: number, all: number) => `${n} of ${all} ${all === 1 ? "optimum" : "optima"} have`;

function refused(why: string, action: string): NotIdentifiable {
  return {
    reason: "no-decay",
    message: `The timescale of AdamW's weights is batch * seqLen / (rate * weight decay * T): ${why}. ${action}.`,
  };
}
