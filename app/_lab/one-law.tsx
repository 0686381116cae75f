"use client";

import { useMemo, useState } from "react";
import { Choice } from "@/app/_components/fields";
import { Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { type Ancova, ancova, EQUIVALENT, type FitResult } from "@/lib/fit";
import * as format from "@/lib/format";
import { type Dimension, definitionOf, dimensionNames } from "@/lib/run";

type Dims = FitResult["optima"][number]["dims"];

const valueIn = (dims: Dims, by: Dimension) => String((dims as Record<string, unknown>)[by] ?? "unknown");

/** Whether the values of a dimension lie on one law: asked of one that the curves of the fit differ in. */
export function OneLaw({ result }: { result: Pick<FitResult, "optima" | "fit"> }) {
  const names = useMemo(() => dimensionsOf(result), [result]);
  const [wanted, setWanted] = useState<Dimension | null>(null);
  const by = wanted && names.includes(wanted) ? wanted : names[0];
  const found = useMemo(() => (by ? ancova(result as FitResult, (dims) => valueIn(dims, by)) : null), [result, by]);
  if (!by) return null;
  return (
    <Panel title={<Term name="one law">One law for all?</Term>}>
      <Choice
        name="Groups by"
        look="w-auto"
        value={by}
        options={names.map((d) => [d, definitionOf(d).label] as const)}
        onChange={setWanted}
      />
      {found && <Relation of={found} />}
    </Panel>
  );
}

/** Those that split the law's curves into two to twelve groups; sizes first, as transfer over them is what is asked. */
function dimensionsOf({ optima }: Pick<FitResult, "optima">): Dimension[] {
  const used = optima.filter((o) => o.used).map((o) => o.dims);
  const splits = dimensionNames.filter((d) => {
    const { role } = definitionOf(d);
    if (role === "result" || d === "peakLr" || d === "seed") return false;
    const count = new Set(used.map((dims) => valueIn(dims, d))).size;
    return count > 1 && count <= 12;
  });
  const isSize = (d: Dimension) => (definitionOf(d).role === "size" ? 0 : 1);
  return splits.sort((p, q) => isSize(p) - isSize(q));
}

const WORDS: Record<Ancova["relation"], { look: string; words: string }> = {
  same: { look: "text-finished", words: `● one law: none differs by a factor ${EQUIVALENT} at any of its optima` },
  parallel: { look: "text-diverged", words: "✕ the same exponents, other constants" },
  different: { look: "text-diverged", words: "✕ other exponents" },
  "not determined": { look: "text-muted", words: "○ not decided: no difference is shown, nor that there is none" },
};

function Relation({ of }: { of: Ancova }) {
  const { look, words } = WORDS[of.relation];
  const first = of.groups[0]!;
  const p = (value: number) => (value < 0.001 ? "p < 0.001" : `p = ${format.significant(value, 2)}`);
  return (
    <>
      <p className={`mt-3 ${look}`}>{words}</p>
      <table className="table mt-2 text-xs! [&_td]:px-1! [&_td]:whitespace-normal! [&_th]:px-1!">
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col" className="right">
              Optima
            </th>
            <th scope="col">Beside {shown(first.value)}</th>
          </tr>
        </thead>
        <tbody>
          {of.groups.map(({ value, optima }) => (
            <tr key={value}>
              <td className="num">{shown(value)}</td>
              <td className="right">{optima}</td>
              <td className="num">
                {value === first.value && "-"}
                {of.constants
                  .filter((c) => c.group === value)
                  .map((c) => (
                    <span key="constant" className="block">
                      {format.significant(c.factor)} times ({format.significant(c.low)} to {format.significant(c.high)},{" "}
                      {p(c.p)})
                    </span>
                  ))}
                {of.distances
                  .filter((d) => d.group === value)
                  .map((d) => (
                    <span key="distance" className="block">
                      {format.significant(d.low)} to {format.significant(d.high)} times by laws of their own, where
                      farthest
                    </span>
                  ))}
                {of.slopes
                  .filter((s) => s.group === value)
                  .map((s) => (
                    <span key={s.name} className="block text-muted">
                      {s.name} {s.difference < 0 ? "" : "+"}
                      {format.plusMinus(s.difference, s.se)} ({p(s.p)})
                    </span>
                  ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-xs text-muted">
        Constants at equal exponents; the group’s own law over the first one’s, where the interval reaches farthest; and
        differences of exponents. By t tests with errors that trunks share, together at 5%.
      </p>
    </>
  );
}

/** Counts in short, words as they are. */
function shown(value: string): string {
  const number = Number(value);
  return value !== "" && Number.isFinite(number) && number >= 1000 ? format.paramCount(number) : value;
}
