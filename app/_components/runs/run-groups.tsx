"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import { ErrorNote, Scroll, Skeleton } from "../page";
import { columnName, valueTexts } from "./columns";
import { narrowed } from "./narrowed";
import { type ListProps, useTyped } from "./use-list";

const LIMIT = 1_000;

/** Mean, standard error and n over all runs of each group. */
export function RunGroups({ team, project, sweepId, view, change }: ListProps) {
  const trpc = useTRPC();
  const filter = useTyped(view.filter);
  const query = { project, sweepId, filter, by: [view.group], value: view.value, limit: LIMIT };
  const { data, error, isPending } = useQuery({
    ...trpc.run.groups.queryOptions({ team, query }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (error) return <ErrorNote>{error.message}</ErrorNote>;
  if (isPending) return <Skeleton height={240} />;
  const textOf = valueTexts(
    view.group,
    data.map((g) => g.keys[0] ?? "none"),
  );
  const name = columnName(view.value);
  return (
    <Scroll className="max-h-[75vh] overflow-auto" label="Groups of runs">
      <table className="table">
        <thead className="sticky top-0 z-10">
          <tr>
            <th scope="col">{columnName(view.group)}</th>
            <th scope="col" className="right">
              Runs
            </th>
            <th scope="col" className="right">
              Finite values
            </th>
            <th scope="col" className="right">
              {name}, mean ± standard error
            </th>
            <th scope="col" className="right">
              Min
            </th>
            <th scope="col" className="right">
              Max
            </th>
          </tr>
        </thead>
        <tbody>
          {data.map((g) => (
            <tr key={g.keys[0] ?? ""}>
              <td>
                <button
                  type="button"
                  className="link"
                  title={`Show the runs of this group: ${g.keys[0] ?? "none"}`}
                  onClick={() => change({ group: "", filter: narrowed(view.filter, view.group, g.keys[0] ?? null) })}
                >
                  {g.keys[0] == null ? "none" : textOf(g.keys[0])}
                </button>
              </td>
              <td className="right">{g.runs}</td>
              <td className="right">{g.n}</td>
              <td className="right" title={g.mean === null ? undefined : String(g.mean)}>
                {g.mean === null ? "-" : format.plusMinus(g.mean, g.standardError)}
              </td>
              <td className="right">{format.significant(g.min, 4)}</td>
              <td className="right">{format.significant(g.max, 4)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.length === LIMIT && (
        <p className="mt-2 text-xs text-muted">The first {LIMIT} groups; filter to see others.</p>
      )}
      {data.length === 0 && <p className="py-6 text-center text-muted">No run matches this filter.</p>}
    </Scroll>
  );
}
