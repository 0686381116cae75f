import type { ReactNode } from "react";
import { Term } from "@/app/_components/term";

/** Name, value and interval a row; the caption says where the intervals come from. */
export function CoefficientTable({ rows, caption }: { rows: CoefficientRow[]; caption: ReactNode }) {
  return (
    <div className="overflow-x-auto">
      <table className="table text-xs!">
        <thead>
          <tr>
            <th scope="col" className="px-1!">
              <span className="sr-only">Coefficient</span>
            </th>
            <th scope="col" className="right px-1!">
              Value
            </th>
            <th scope="col" className="right px-1!">
              <Term name="95% interval">95% interval</Term>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.name}>
              <td className="px-1! font-mono">{r.name}</td>
              <td className="right px-1!" title={String(r.exact)}>
                {r.value}
              </td>
              <td className="right px-1!">{r.interval}</td>
            </tr>
          ))}
        </tbody>
        <caption className="caption-bottom pt-1 text-left text-xs text-muted">{caption}</caption>
      </table>
    </div>
  );
}

export interface CoefficientRow {
  name: string;
  value: string;
  /** In full precision, on pointing. */
  exact: number;
  interval: ReactNode;
}

/** Facts about a fit, name beside value. */
export function FitFacts({ facts }: { facts: [ReactNode, string][] }) {
  return (
    <dl className="num mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5 text-[13px]">
      {facts.map(([name, value], i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: facts have no identity of their own and never move
        <div key={i} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
