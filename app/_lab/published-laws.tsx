"use client";

import { CheckField } from "@/app/_components/fields";
import { Panel, Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import type { FitSketch, FittedOptimum } from "@/lib/fit";
import * as format from "@/lib/format";
import {
  kindWords,
  leftOutLaws,
  optimaBehind,
  type PublishedLaw,
  type PublishedRegret,
  pointOf,
  publishedLaws,
  QUANTITY_WORDS,
  type Quantity,
  quantities,
  readPublished,
} from "@/lib/published-laws";

interface Props {
  result: FitSketch;
  /** Null until there is time for it. */
  compared: readonly PublishedRegret[] | null;
  drawn: readonly PublishedLaw[];
  draw: (id: string, on: boolean) => void;
}

/** What others have published, what each law would have cost on these curves, and which are drawn. */
export function PublishedLaws({ result, compared, drawn, draw }: Props) {
  const longest = longestOf(optimaBehind(result));
  return (
    <Panel title={<Term name="published law">Published laws</Term>} note="tick one to draw it">
      {compared ? (
        <Scroll label="Published laws" className="overflow-x-auto">
          <table className="table text-xs!">
            <thead>
              <tr>
                <th scope="col" className="px-1!">
                  Law
                </th>
                <th scope="col" className="right px-1!" title="Its rate over the best one of your curve, in the median">
                  Rate / yours
                </th>
                <th
                  scope="col"
                  className="right px-1!"
                  title="Loss given up by its rate, in the median over your curves"
                >
                  <Term name="regret">Regret</Term>
                </th>
                <th scope="col" className="right px-1!">
                  worst
                </th>
              </tr>
            </thead>
            {cheapestFirst(compared)
              .filter(({ regret }) => regret.reason === null)
              .map(({ law, regret }) => (
                <Law key={law.id} compared={regret} isDrawn={drawn.includes(law)} {...{ law, longest, draw }} />
              ))}
          </table>
        </Scroll>
      ) : (
        <p className="text-muted">On their way.</p>
      )}
      <p className="mt-2 text-xs text-muted">
        Loss that a law’s rate costs on your own curves, the cheapest first, with its constants as they were published
        and batches by their tokens. A law without a batch is read at the best batch of each size and tokens. “≥”: some
        rates lie outside those that were tried and cost more than the edge does.
        {longest && ` Values are for ${placeWords(longest)}.`}
      </p>
      {compared && <NotCompared rows={cheapestFirst(compared)} {...{ longest, draw }} />}
      <details className="mt-2 text-xs">
        <summary className="text-muted">Not drawn, and why ({leftOutLaws.length})</summary>
        <ul className="mt-1 space-y-1">
          {leftOutLaws.map((law) => (
            <li key={law.name}>
              {law.name} ({law.source}): <span className="text-muted">{law.reason}</span>
            </li>
          ))}
        </ul>
      </details>
    </Panel>
  );
}

/** Laws of another axis than the runs', each with the reason. */
function NotCompared({
  rows,
  longest,
  draw,
}: {
  rows: readonly { law: PublishedLaw; regret: PublishedRegret }[];
} & Pick<LawProps, "longest" | "draw">) {
  const apart = rows.filter(({ regret }) => regret.reason !== null);
  if (apart.length === 0) return null;
  return (
    <details className="mt-2 text-xs">
      <summary className="text-muted">Not comparable with these runs ({apart.length})</summary>
      <Scroll label="Laws that are not compared" className="overflow-x-auto">
        <table className="table text-xs!">
          {apart.map(({ law, regret }) => (
            <Law key={law.id} compared={regret} isDrawn={false} {...{ law, longest, draw }} />
          ))}
        </table>
      </Scroll>
    </details>
  );
}

/** Laws with their regrets: by the median one, then those that are not compared. */
function cheapestFirst(compared: readonly PublishedRegret[]): { law: PublishedLaw; regret: PublishedRegret }[] {
  const cost = ({ reason, medianRegret }: PublishedRegret) =>
    reason === null ? (medianRegret ?? Number.MAX_VALUE) : Number.POSITIVE_INFINITY;
  const rows = publishedLaws.map((law, i) => ({ law, regret: compared[i]! }));
  return rows.sort((p, q) => (cost(p.regret) < cost(q.regret) ? -1 : cost(p.regret) > cost(q.regret) ? 1 : 0));
}

interface LawProps extends Pick<Props, "draw"> {
  law: PublishedLaw;
  compared: PublishedRegret;
  longest: FittedOptimum | null;
  isDrawn: boolean;
}

/** What it costs, and below what it says. */
function Law({ law, compared, longest, isDrawn, draw }: LawProps) {
  const { reason, caveat } = compared;
  return (
    <tbody data-published={law.id}>
      <tr className="border-b-0! [&>*]:border-b-0!">
        <th scope="row" className="px-1! pb-0! text-left font-normal! whitespace-normal! text-text!">
          <CheckField
            name={<span className="font-semibold">{law.name}</span>}
            value={isDrawn}
            disabled={reason !== null}
            title={reason ?? law.note}
            onChange={(on) => draw(law.id, on)}
          />
        </th>
        {reason ? (
          <td colSpan={3} className="right px-1! pb-0! text-muted">
            not compared
          </td>
        ) : (
          <Costs {...compared} />
        )}
      </tr>
      <tr>
        <td colSpan={4} className="px-1! pt-0! whitespace-normal! text-muted">
          {reason && <span className="block text-text">Not drawn: {reason}.</span>}
          <a className="link" href={law.source.url} target="_blank" rel="noreferrer">
            {law.source.name}
          </a>
          , {law.year}, <Marked law={law} />: {valuesOf(law, longest)}.{" "}
          {law.gives.rate && `It gives ${kindWords(law)}. `}
          Runs: {law.domain.words}; {law.optimizer}, schedule {law.schedule}
          {placeWordsOf(compared)}.{caveat && <span className="block text-diverged">▲ {caveat}</span>}
        </td>
      </tr>
    </tbody>
  );
}

function Costs({ medianRatio, medianRegret, maxRegret, ...counts }: PublishedRegret) {
  const { curves, unread, outsideGrid, diverged, bestBatch } = counts;
  const least = outsideGrid > 0 ? "≥ " : "";
  const title = `${format.counted(curves, "curve")}${bestBatch ? ", the best batch of each size and tokens" : ""}; ${outsideGrid} outside the rates that were tried, ${diverged} among diverged ones${unread > 0 ? `; ${unread} more do not say what the law needs` : ""}`;
  return (
    <>
      <td className="right px-1!" title={title}>
        {format.significant(medianRatio, 2)}×
      </td>
      <td className="right px-1!" title={title}>
        {medianRegret === null ? "-" : `${least}${format.percent(medianRegret)}`}
      </td>
      <td className="right px-1!" title={title}>
        {maxRegret === null ? "-" : `${least}${format.percent(maxRegret)}`}
        {diverged > 0 && <span className="block text-diverged">{diverged} diverged</span>}
      </td>
    </>
  );
}

/** How surely the constants are the source's own. */
function Marked({ law: { mark, read } }: { law: PublishedLaw }) {
  if (mark === "unverified") return <span className="text-diverged">▲ unverified ({read})</span>;
  return <span title={read}>{mark === "secondary" ? "○ by a copy" : "● by its source"}</span>;
}

/** "eta = 1.79 N^-0.713 D^0.307: 0.0011; batch B = 0.58 D^0.571 tokens: 1.1M tok" at the longest run. */
function valuesOf(law: PublishedLaw, longest: FittedOptimum | null): string {
  const parts = quantities.flatMap((q) => {
    const formula = law.gives[q];
    if (!formula) return [];
    const value = longest && readPublished(law, q, pointOf(law, longest)).value;
    return [
      `${q === "rate" ? "" : `${QUANTITY_WORDS[q]} `}${formula.equation}${value ? `: ${valueText(q, value)}` : ""}`,
    ];
  });
  return parts.join("; ");
}

function valueText(quantity: Quantity, value: number): string {
  if (quantity === "rate") return format.learningRate(value);
  return quantity === "timescale" ? format.significant(value) : `${format.tokenCount(value, 3)} tok`;
}

/** Where these curves lie to what the source's runs spanned, as far as it is known. */
function placeWordsOf({ reason, curves, inside, outside }: PublishedRegret): string {
  if (reason !== null || inside + outside === 0) return "";
  if (outside === curves) return "; your curves lie outside";
  return inside === curves ? "; your curves lie inside" : `; ${inside} of your ${curves} curves lie inside`;
}

function longestOf(optima: readonly FittedOptimum[]): FittedOptimum | null {
  return optima.reduce<FittedOptimum | null>((best, o) => (best && best.dims.tokens >= o.dims.tokens ? best : o), null);
}

function placeWords({ dims }: FittedOptimum): string {
  return `the longest run, ${format.tokenCount(dims.tokens)} tok at batch ${format.batch(dims.batchSeqs, dims.seqLen)}`;
}
