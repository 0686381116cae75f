"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo } from "react";
import { curveTitles } from "@/app/_components/curve-titles";
import { ErrorNote, Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import { type LabTable, readLabTable } from "@/lib/run";
import { type CurveState, curveStates, type StatedCurve } from "./curve-states";

const SHOWN = 10;

/** Which curves the imported runs make, and what each says of its best rate. */
export function CurvesReady({ team, project, runIds }: { team: string; project: string; runIds: string[] }) {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.fit.points.queryOptions({ team, project }), refetchOnMount: "always" });
  const text = query.isFetching ? undefined : query.data?.text;
  const curves = useMemo(
    () => (text === undefined ? null : curveStates(readLabTable(JSON.parse(text) as LabTable).points, runIds)),
    [text, runIds],
  );
  if (query.error) return <ErrorNote>{query.error.message}</ErrorNote>;
  if (!curves) return null;
  if (curves.length === 0)
    return (
      <p className="mt-2 text-muted">
        None of these runs lies on a <Term name="curve">curve</Term> yet: a curve needs finished runs with a learning
        rate, a batch, tokens and a loss.
      </p>
    );
  return <CurveTable curves={curves} lab={`/${team}/${project}/fits`} />;
}

function CurveTable({ curves, lab }: { curves: readonly StatedCurve[]; lab: string }) {
  const titleOf = useMemo(() => curveTitles(curves.map(({ optimum }) => optimum)), [curves]);
  return (
    <div className="mt-3">
      <p>{summary(curves)}</p>
      <Scroll label="Curves of these runs" className="mt-2 overflow-x-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Curve</th>
              <th scope="col" className="right max-sm:hidden">
                Rates
              </th>
              <th scope="col" className="right">
                Best LR
              </th>
              <th scope="col">What it says</th>
            </tr>
          </thead>
          <tbody>
            {curves.slice(0, SHOWN).map(({ optimum, state }) => (
              <tr key={optimum.key}>
                <td className="min-w-32 whitespace-normal!">
                  <Link className="link" href={`${lab}?curve=${encodeURIComponent(optimum.key)}`}>
                    {titleOf(optimum)}
                  </Link>
                </td>
                <td className="right num max-sm:hidden">{optimum.points.length}</td>
                <td className="right num">{bestRate({ optimum, state })}</td>
                <td className={`whitespace-normal! ${state === "optimum" ? "" : "text-muted"}`}>{SAYS[state]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {curves.length > SHOWN && (
        <p className="mt-1 text-xs text-muted">
          and{" "}
          <Link className="link" href={lab}>
            {curves.length - SHOWN} more in the lab
          </Link>
        </p>
      )}
    </div>
  );
}

const SAYS: Readonly<Record<CurveState, string>> = {
  optimum: "an optimum",
  "below-divergence": "best just below divergence",
  "cut-low": "cut off below: try lower rates",
  "cut-high": "cut off above: try higher rates",
  flat: "flat: within the noise",
  "too-few": "too few rates: three are needed",
};

/** At an edge the best of the rates that were tried is all that is known. */
function bestRate({ optimum: { estimate, argmin }, state }: StatedCurve): string {
  const tried = format.learningRate(argmin?.lr);
  if (state === "cut-low") return `≤ ${tried}`;
  if (state === "cut-high") return `≥ ${tried}`;
  if (state === "below-divergence") return tried;
  return state === "optimum" ? format.learningRate(estimate?.lr ?? argmin?.lr) : "-";
}

function summary(curves: readonly StatedCurve[]): string {
  const count = (...states: CurveState[]) => curves.filter(({ state }) => states.includes(state)).length;
  const parts = [
    [count("below-divergence"), "best just below divergence"],
    [count("cut-low", "cut-high"), "cut off at an edge"],
    [count("flat"), "flat"],
    [count("too-few"), "with too few rates"],
  ] as const;
  const rest = parts.filter(([n]) => n > 0).map(([n, text]) => `${n} ${text}`);
  const all = format.counted(curves.length, "curve");
  return `These runs lie on ${all}: ${[`${count("optimum")} with an optimum`, ...rest].join(", ")}.`;
}
