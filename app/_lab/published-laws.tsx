"use client";

import { useId } from "react";
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
                <th scope="col" className="px-1!" title="What the source’s own runs spanned">
                  Domain
                </th>
              </tr>
            </thead>
            <tbody>
              {publishedLaws.map((law, i) => (
                <Row key={law.id} compared={compared[i]!} isDrawn={drawn.includes(law)} {...{ law, longest, draw }} />
              ))}
            </tbody>
          </table>
        </Scroll>
      ) : (
        <p className="text-muted">On their way.</p>
      )}
      <p className="mt-2 text-xs text-muted">
        Loss that a law’s rate costs on your own curves, with a law’s constants as they were published and batches by
        their tokens. A law without a batch is read at the best batch of each size and tokens. “≥”: some rates lie
        outside those that were tried and cost more than the edge does.
        {longest && ` Values are for ${placeWords(longest)}.`}
      </p>
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

interface RowProps extends Pick<Props, "draw"> {
  law: PublishedLaw;
  compared: PublishedRegret;
  longest: FittedOptimum | null;
  isDrawn: boolean;
}

function Row({ law, compared, longest, isDrawn, draw }: RowProps) {
  const why = useId();
  const { reason } = compared;
  return (
    <tr data-published={law.id}>
      <td className="min-w-52 px-1! whitespace-normal!" aria-describedby={reason ? why : undefined}>
        <CheckField
          name={<span className="font-semibold">{law.name}</span>}
          value={isDrawn}
          disabled={reason !== null}
          title={reason ?? law.note}
          onChange={(on) => draw(law.id, on)}
        />
        <a className="link" href={law.source.url} target="_blank" rel="noreferrer">
          {law.source.name}
        </a>
        , {law.year}. <Marked law={law} />
        <span className="block text-muted">{valuesOf(law, longest)}</span>
        {compared.caveat && <span className="block text-diverged">▲ {compared.caveat}</span>}
      </td>
      {reason ? (
        <td colSpan={3} id={why} className="px-1! whitespace-normal! text-muted">
          Not on this axis: {reason}.
        </td>
      ) : (
        <Costs {...compared} />
      )}
      <td className="min-w-32 px-1! whitespace-normal!">
        {domainPlace(compared)}
        <span className="block text-muted">{law.domain.words}</span>
      </td>
    </tr>
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
function Marked({ law }: { law: PublishedLaw }) {
  if (law.mark === "unverified") return <span className="text-diverged">▲ unverified: {law.read}</span>;
  return (
    <span className="text-muted">{law.mark === "secondary" ? `○ by a copy: ${law.read}` : "● by its source"}</span>
  );
}

/** "muP base rate 0.0011; batch 1.1M tok" at the longest run. */
function valuesOf(law: PublishedLaw, longest: FittedOptimum | null): string {
  const parts = quantities.flatMap((q) => {
    const formula = law.gives[q];
    if (!formula) return [];
    const value = longest && readPublished(law, q, pointOf(law, longest)).value;
    return [
      `${q === "rate" ? kindWords(law) : QUANTITY_WORDS[q]}: ${formula.equation}${value ? ` = ${valueText(q, value)}` : ""}`,
    ];
  });
  return parts.join("; ");
}

function valueText(quantity: Quantity, value: number): string {
  if (quantity === "rate") return format.learningRate(value);
  return quantity === "timescale" ? format.significant(value) : `${format.tokenCount(value, 3)} tok`;
}

function domainPlace({ reason, curves, inside, outside }: PublishedRegret): string {
  if (reason !== null || inside + outside === 0) return "";
  if (outside === curves) return "outside: ";
  return inside === curves ? "inside: " : `${inside} of ${curves} inside: `;
}

function longestOf(optima: readonly FittedOptimum[]): FittedOptimum | null {
  return optima.reduce<FittedOptimum | null>((best, o) => (best && best.dims.tokens >= o.dims.tokens ? best : o), null);
}

function placeWords({ dims }: FittedOptimum): string {
  return `the longest run, ${format.tokenCount(dims.tokens)} tok at batch ${format.batch(dims.batchSeqs, dims.seqLen)}`;
}
