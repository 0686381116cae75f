import { type LawPoint, type LrFit, predictLr, type Range } from "../fit";

/** A law along the tokens at the batch and size of a target, as it is drawn with the target on it. */
export type LawPicture = {
  /** Tokens of the law's optima. */
  data: Range;
  line: { tokens: number; lr: number; confidence: Range; prediction: Range }[];
  /** Optima, each moved to the target's batch and size along the law; `own` is the rate that was found. */
  optima: { tokens: number; lr: number; own: number; batchSeqs: number; params: number | null }[];
};

const POINTS = 60;
const MARGIN = 1.3;

/** Null where the law says nothing at the target, which is `point` as the law reads it. */
export function pictureOf(fit: LrFit, point: LawPoint): LawPicture | null {
  const { tokens } = point;
  const at = (t: number) => ({ ...point, tokens: t });
  const { low, high } = fit.ranges.tokens;
  const first = Math.min(low, tokens) / MARGIN;
  const last = Math.max(high, tokens) * MARGIN;
  const step = Math.log(last / first) / POINTS;
  const line = Array.from({ length: POINTS + 1 }, (_, i) => first * Math.exp(i * step)).flatMap((t) => {
    const p = predictLr(fit, at(t));
    return p ? [{ tokens: t, lr: p.lr, confidence: p.confidence, prediction: p.prediction }] : [];
  });
  if (line.length === 0) return null;
  const lawAt = (where: LawPoint) => predictLr(fit, where)?.lr ?? Number.NaN;
  const optima = fit.regression.rows.map((row) => ({
    tokens: row.tokens,
    lr: (row.lr * lawAt(at(row.tokens))) / lawAt(row),
    own: row.lr,
    batchSeqs: row.batchSeqs,
    params: row.params,
  }));
  return { data: { low, high }, line, optima };
}
