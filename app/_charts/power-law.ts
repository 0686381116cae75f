import {
  curvesBehind,
  type FitSketch,
  type FittedOptimum,
  type LawPoint as LawAt,
  type LrFit,
  lrForms,
  predictLr,
} from "@/lib/fit";
import * as format from "@/lib/format";
import { type PublishedLaw, publishedLine } from "@/lib/published-laws";
import { sizeNames } from "@/lib/run";
import { at, escapeHtml, GRID, rateAxis, tokensAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { bandLegend, bands, bootstrapLines, type LawPoint, lines, outside } from "./law-bands";
import { type Mark, markLegend, markSeries, tips } from "./marks";
import { type DrawnLaw, publishedLegend, publishedLines } from "./published-lines";
import type { ChartTheme } from "./theme";

/** How far beyond the data the law is drawn unless asked otherwise, as a factor in tokens. */
export const DRAWN_BEYOND = 4;
const LINE_POINTS = 60;

interface View {
  fit: LrFit | null;
  optima: readonly FittedOptimum[];
  /** Curve keys taken out by hand. */
  excluded: ReadonlySet<string>;
  /** The curve that all charts show as chosen. */
  selected?: string | null;
  /** 95% band of the law by bootstrap, at the points of `lawTokens`. */
  band?: ({ low: number; high: number } | null)[] | null;
  /** How far beyond the data the law is drawn, as a factor in tokens. */
  beyond?: number;
  /** Laws of others, drawn at the batch of the law and the middle of the sizes. */
  published?: readonly PublishedLaw[];
}

/** The power of the batch that a form divides out: 1 in the paper's form, fitted in the free one, 0 without a batch. */
export function batchExponent(fit: LrFit | null): number {
  if (!fit || fit.form === "power" || fit.form === "power-averaged") return 1;
  return fit.law.c !== undefined && lrForms[fit.form].needs.includes("batchSeqs") ? fit.law.c : 0;
}

/** What the batch counts as: itself, and of a law that levels off the less, the farther it lies above B0. */
function effectiveBatch(fit: LrFit | null, batch: number): number {
  return fit?.law.B0 === undefined ? batch : batch / (1 + batch / fit.law.B0);
}

/** What the vertical axis of `powerLawOption` shows. */
export function reducedName(fit: LrFit | null): string {
  const c = batchExponent(fit);
  if (c === 1) return "best LR / batch";
  if (c === 0) return "best LR";
  const batch = fit?.law.B0 === undefined ? "batch" : `(batch / (1 + batch / ${format.significant(fit.law.B0)}))`;
  return `best LR / ${batch}^${c.toFixed(2)}`;
}

/**
 * Best learning rate, with the batch divided out as the form says, against tokens on log-log axes. Filled: in the fit;
 * hollow: left out by a rule; cross: taken out by hand. Line with 95% confidence, bootstrap and prediction bands;
 * outside the data of the fit hatched, with how many times beyond them the drawing goes.
 */
export function powerLawOption(
  { fit, optima, excluded, selected, band, beyond = DRAWN_BEYOND, published = [] }: View,
  theme: ChartTheme,
): ChartOption {
  const shown = optima.filter((o) => o.estimate);
  const c = batchExponent(fit);
  const reduced = (lr: number, batch: number) => lr / effectiveBatch(fit, batch) ** c;
  const tokens = shown.map((o) => o.dims.tokens);
  const law = fit && tokens.length > 0 ? lawLine(fit, shown, reduced, beyond) : null;
  const nameOf = sizeNames(shown);
  const sizes = [...new Set(shown.map((o) => nameOf(o.sizeKey)))];
  const others = tokens.length > 0 ? othersDrawn(published, { fit, shown, reduced, beyond }) : [];
  const ys = [
    ...shown.map((o) => reduced(o.estimate!.lr, o.dims.batchSeqs)),
    ...[...(law?.points ?? []), ...others.flatMap((other) => other.points)].map((p) => p.y),
  ];
  const range = { min: at(Math.min(...ys)) - 0.08, max: at(Math.max(...ys)) + 0.08 };
  const last = Math.max(...tokens) * beyond;
  const legends = [
    { ...markLegend(sizes, theme), top: 6 },
    ...(law ? [bandLegend(Boolean(band), theme)] : []),
    ...(others.length > 0 ? [publishedLegend(others, law ? 50 : 28, theme)] : []),
  ];
  return {
    grid: { ...GRID, left: 74, top: legends.length * 22 + 12 },
    legend: legends,
    tooltip: tips(theme),
    xAxis: law ? tokensAxis([...tokens, last], theme, last) : tokensAxis(tokens, theme),
    yAxis: rateAxis({ name: reducedName(fit), gap: 56, ...range, theme }),
    series: [
      ...(fit && law ? [outside(fit.ranges.tokens, theme), ...bands(law.points, theme)] : []),
      ...(law && band ? bootstrapLines(law.points, band, (lr) => reduced(lr, law.batchSeqs), theme) : []),
      ...(fit && law ? lines(law.points, fit.ranges.tokens, theme) : []),
      ...publishedLines(others, theme),
      ...markSeries(optimumMarks(shown, { fit, excluded, selected, nameOf, reduced }), sizes, 11, theme),
    ],
  };
}

interface Marked extends Pick<View, "fit" | "excluded" | "selected"> {
  nameOf: (sizeKey: string) => string;
  reduced: (lr: number, batch: number) => number;
}

function optimumMarks(shown: readonly FittedOptimum[], { fit, excluded, selected, nameOf, reduced }: Marked): Mark[] {
  const batches = [...new Set(shown.map((o) => o.dims.batchSeqs))].sort((p, q) => p - q);
  const tokensName = format.apart(
    shown.map((o) => o.dims.tokens),
    format.tokenCount,
  );
  const yName = reducedName(fit);
  const isIn = isInFit(fit);
  return shown.map((o) => {
    const out = excluded.has(o.key);
    const y = reduced(o.estimate!.lr, o.dims.batchSeqs);
    const group = nameOf(o.sizeKey);
    return {
      id: o.key,
      value: [at(o.dims.tokens), at(y)],
      group,
      batch: batches.indexOf(o.dims.batchSeqs),
      kind: out ? "cross" : isIn(o) ? "filled" : "hollow",
      chosen: o.key === selected,
      tip: () =>
        `<b>${escapeHtml(group)}</b>, ${tokensName(o.dims.tokens)} tok, ${pointTip(o, y, yName, out, isIn(o))}`,
    };
  });
}

/** Whether a curve takes part in the fit; without one, whether it would. */
function isInFit(fit: LrFit | null): (o: FittedOptimum) => boolean {
  const behind = fit && curvesBehind(fit);
  return (o) => (behind ? behind.has(o.key) : o.used);
}

/** The law at the geometric mean batch and size of the fit, reduced like the points. */
function lawLine(
  fit: LrFit,
  shown: readonly FittedOptimum[],
  reduced: (lr: number, batch: number) => number,
  beyond: number,
): { points: LawPoint[]; batchSeqs: number } {
  const at = lawPoints(fit, shown, beyond);
  const batchSeqs = at[0]!.batchSeqs;
  const points = at.flatMap((point) => {
    const p = predictLr(fit, point);
    if (!p) return [];
    const x = point.tokens;
    const r = (lr: number) => reduced(lr, batchSeqs);
    return [
      {
        x,
        y: r(p.lr),
        low: r(p.confidence.low),
        high: r(p.confidence.high),
        lowPrediction: r(p.prediction.low),
        highPrediction: r(p.prediction.high),
      },
    ];
  });
  return { points, batchSeqs };
}

/** Laws of others where the user's own is drawn, reduced like it. */
function othersDrawn(
  laws: readonly PublishedLaw[],
  {
    fit,
    shown,
    reduced,
    beyond,
  }: {
    fit: LrFit | null;
    shown: readonly FittedOptimum[];
    reduced: (lr: number, batch: number) => number;
    beyond: number;
  },
): DrawnLaw[] {
  const batches = shown.map((o) => o.dims.batchSeqs);
  const batchSeqs = middle(fit?.ranges.batchSeqs ?? { low: Math.min(...batches), high: Math.max(...batches) });
  const tokens = tokensDrawn(shown, fit ? beyond : 1);
  return laws.map((law) => {
    const { points, ...line } = publishedLine(law, shown, { tokens, batchSeqs });
    return { ...line, points: points.map(({ x, y }) => ({ x, y: reduced(y, batchSeqs) })) };
  });
}

const middle = (r: { low: number; high: number }) => Math.sqrt(r.low * r.high);

function tokensDrawn(shown: readonly FittedOptimum[], beyond: number): number[] {
  const tokens = shown.map((o) => o.dims.tokens);
  const [first, last] = [Math.min(...tokens) / 1.3, Math.max(...tokens) * beyond * 1.2];
  return Array.from({ length: LINE_POINTS + 1 }, (_, i) => first * (last / first) ** (i / LINE_POINTS));
}

/**
 * Where a law is drawn: at the geometric mean batch and size of the fit, over its tokens and `beyond` times further.
 */
export function lawPoints(fit: LrFit, optima: readonly FittedOptimum[], beyond = DRAWN_BEYOND): LawAt[] {
  const shown = optima.filter((o) => o.estimate);
  const batchSeqs = middle(fit.ranges.batchSeqs);
  const params = fit.ranges.params ? middle(fit.ranges.params) : null;
  const seqLen = shown[0]?.dims.seqLen ?? null;
  return tokensDrawn(shown, beyond).map((tokens) => ({ tokens, batchSeqs, params, seqLen }));
}

const BETTER_BATCH = "another batch of its size and tokens is better, and this form takes the best";

function pointTip(o: FittedOptimum, y: number, yName: string, out: boolean, isIn: boolean): string {
  const { lr, se } = o.estimate!;
  const part = out ? "taken out by hand" : isIn ? "in the fit" : `not in the fit: ${o.leftOut ?? BETTER_BATCH}`;
  return `batch ${o.dims.batchSeqs}<br>best LR <b>${format.learningRate(lr)}</b>${se ? ` (×/÷ ${Math.exp(se).toFixed(2)})` : ""} · ${escapeHtml(yName)} ${format.learningRate(y)}<br>${escapeHtml(part)}`;
}

export function optimaTable(result: Pick<FitSketch, "optima" | "fit">): ChartTable {
  const isIn = isInFit(result.fit?.kind === "lr" ? result.fit : null);
  return {
    columns: [
      "size",
      "tokens",
      "batch (seq)",
      "status",
      "best LR",
      "SE of ln LR",
      "loss",
      "observed best LR",
      "in the fit",
      "why not",
    ],
    rows: result.optima.map((o) => [
      o.sizeKey,
      o.dims.tokens,
      o.dims.batchSeqs,
      o.status,
      o.estimate?.lr ?? "-",
      o.estimate?.se ?? "-",
      o.estimate?.loss ?? "-",
      o.argmin?.lr ?? "-",
      isIn(o) ? "yes" : "no",
      isIn(o) ? "" : (o.leftOut ?? BETTER_BATCH),
    ]),
  };
}
