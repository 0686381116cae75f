"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useMemo } from "react";
import { CurvePanels } from "@/app/_components/curves/curve-panels";
import { PageHeader, Panel, Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { leaves } from "@/lib/json";

type Run = Outputs["run"]["get"];

interface Props {
  team: string;
  project: string;
  curves: { id: string; name: string }[];
  /** The runs of this part of the table, and where it begins. */
  rows: Run[];
  from: number;
  pageRows: number;
  /** All runs that were chosen. */
  total: number;
}

/** Curves overlaid, results with their distance from the best, and the config keys that differ. */
export function CompareView({ team, project, curves, rows: runs, from, pageRows, total }: Props) {
  const metrics = useMemo(
    () => [...new Set(runs.flatMap((r) => r.metrics.filter((m) => m.points > 0).map((m) => m.name)))].sort(),
    [runs],
  );
  const isPart = runs.length < total;
  const best = Math.min(...runs.map((r) => r.finalLoss ?? Number.POSITIVE_INFINITY).filter((v) => !Number.isNaN(v)));
  const differing = useMemo(() => differences(runs), [runs]);
  return (
    <>
      <PageHeader title={`Compare ${total.toLocaleString("en")} runs`}>
        The address holds the choice: copy it to share this view.
        {isPart &&
          ` Curves: ${curves.length === total ? "all" : `the first ${curves.length.toLocaleString("en")}`}. Table: ${(from + 1).toLocaleString("en")} to ${(from + runs.length).toLocaleString("en")}.`}
      </PageHeader>
      <CurvePanels team={team} project={project} runs={curves} metrics={metrics} />
      <Panel
        className="mt-4"
        title="Results and what differs"
        note={`${format.counted(differing.length, "config key differs", "config keys differ")}${isPart ? " among these" : ""}`}
      >
        <Scroll className="overflow-x-auto" label="Comparison">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col" className="right">
                  <Term name="final loss">Final loss</Term>
                </th>
                <th scope="col" className="right">
                  Above the best
                </th>
                <th scope="col" className="right">
                  Duration
                </th>
                {differing.map((d) => (
                  <th key={d.key} scope="col" className="right font-mono">
                    {d.key}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {runs.map((r, i) => (
                <tr key={r.id}>
                  <td>
                    <Link className="link" href={`/${team}/${project}/runs/${r.id}`}>
                      {r.name}
                    </Link>
                  </td>
                  <td className="right">{format.loss(r.finalLoss)}</td>
                  <td className="right">{r.finalLoss === null ? "-" : format.percent(r.finalLoss / best - 1)}</td>
                  <td className="right">{format.duration(r.wallSeconds)}</td>
                  {differing.map((d) => (
                    <td key={d.key} className="right font-mono">
                      {d.values[i]}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        {isPart && <Parts {...{ from, pageRows }} last={curves.length} />}
      </Panel>
    </>
  );
}

/** Links to the parts of a long table. */
function Parts({ from, pageRows, last }: { from: number; pageRows: number; last: number }) {
  const params = useSearchParams();
  const link = (name: string, first: number) => {
    if (first < 0 || first >= last) return null;
    const next = new URLSearchParams(params);
    next.set("first", String(first));
    return (
      <Link className="button" href={`?${next}`} scroll={false}>
        {name}
      </Link>
    );
  };
  return (
    <nav aria-label="Parts of the table" className="mt-3 flex gap-2">
      {link(`Previous ${pageRows}`, from === 0 ? -1 : Math.max(0, from - pageRows))}
      {link(`Next ${pageRows}`, from + pageRows)}
    </nav>
  );
}

function differences(runs: Run[]): { key: string; values: string[] }[] {
  const flat = runs.map((r) => new Map(leaves(r.config)));
  const keys = [...new Set(flat.flatMap((f) => [...f.keys()]))].sort();
  return keys
    .map((key) => ({ key, values: flat.map((f) => f.get(key) ?? "-") }))
    .filter((d) => new Set(d.values).size > 1);
}
