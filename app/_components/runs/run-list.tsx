"use client";

import Link from "next/link";
import { useState } from "react";
import { Scroll, Skeleton } from "../page";
import { Actions } from "./actions";
import { addedColumn, COLUMNS, type RunRow, rowNames } from "./columns";
import { RunGroups } from "./run-groups";
import type { ListProps, ListView, RunPageQuery } from "./use-list";

/**
 * Runs of a project or sweep that the filter lets through: sort, group, choose; any number of them, a page at a time.
 */
export function RunList({ team, project, sweepId, view, change, page }: ListProps & { page: RunPageQuery }) {
  const { data, error, isPending, isPlaceholderData } = page;
  const choice = useChoice(view.filter);
  if (view.group) {
    return (
      <div className="min-w-0">
        <RunGroups team={team} project={project} sweepId={sweepId} view={view} change={change} />
      </div>
    );
  }
  const rows = data?.runs ?? [];
  const total = data?.total ?? 0;
  return (
    <div className="min-w-0">
      <Actions
        {...{ team, project, sweepId, total }}
        all={choice.all}
        filter={view.filter}
        chosen={[...choice.chosen.keys()]}
        canChooseAll={choice.hasAll(rows) && total > choice.chosen.size}
        chooseAll={choice.chooseAll}
        clear={choice.clear}
      />
      {isPending && !error ? (
        <Skeleton height={480} />
      ) : (
        <Scroll className="max-h-[75vh] overflow-auto" label="Runs">
          <RunTable
            {...{ rows, view, change, choice }}
            base={`/${team}/${project}`}
            className={isPlaceholderData ? "opacity-60" : ""}
          />
        </Scroll>
      )}
      {data && rows.length === 0 && !error && (
        <p className="py-6 text-center text-muted">{view.filter ? "No run matches this filter." : "No runs yet."}</p>
      )}
      {data && <Pages page={data} change={change} />}
    </div>
  );
}

type Choice = ReturnType<typeof useChoice>;

/** Which runs are chosen: some of any page, or all that the filter lets through. */
function useChoice(filter: string) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, string>>(new Map());
  /** The filter whose runs are all chosen. */
  const [allOf, setAllOf] = useState<string | null>(null);
  return {
    chosen,
    all: allOf === filter,
    hasAll: (runs: readonly RunRow[]) => runs.length > 0 && runs.every((r) => chosen.has(r.id)),
    choose: (runs: readonly RunRow[], on: boolean) => {
      setAllOf(null);
      setChosen((old) => {
        const next = new Map(old);
        for (const r of runs) on ? next.set(r.id, r.name) : next.delete(r.id);
        return next;
      });
    },
    chooseAll: () => setAllOf(filter),
    clear: () => {
      setChosen(new Map());
      setAllOf(null);
    },
  };
}

interface TableProps extends Pick<ListProps, "view" | "change"> {
  base: string;
  rows: RunRow[];
  choice: Choice;
  className: string;
}

function RunTable({ base, rows, view, change, choice, className }: TableProps) {
  const columns = [...COLUMNS, ...view.columns.map(addedColumn)];
  const names = rowNames(rows);
  return (
    <table className={`table [&_td]:px-1.5! [&_th]:px-1.5! [&_th]:whitespace-normal! ${className}`}>
      <thead className="sticky top-0 z-10">
        <tr>
          <th scope="col">
            <input
              type="checkbox"
              aria-label="Select all on this page"
              checked={choice.all || choice.hasAll(rows)}
              onChange={(e) => choice.choose(rows, e.target.checked)}
            />
          </th>
          <SortHeader name="Run" sortKey="name" view={view} change={change} />
          {columns.map((c) => (
            <SortHeader key={c.key} name={c.name} sortKey={c.key} right={c.right} view={view} change={change} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((r) => (
          <tr key={r.id}>
            <td>
              <input
                type="checkbox"
                aria-label={`Select ${r.name}`}
                checked={choice.all || choice.chosen.has(r.id)}
                onChange={(e) => choice.choose([r], e.target.checked)}
              />
            </td>
            <td>
              <Link className="link" href={`${base}/runs/${r.id}`}>
                {r.name}
              </Link>
            </td>
            {columns.map((c) => (
              <td key={c.key} className={c.right ? "right" : undefined}>
                {c.show(r, names)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SortHeader({
  name,
  sortKey,
  right,
  view,
  change,
}: {
  name: string;
  sortKey: string;
  right?: boolean;
  view: ListView;
  change: (part: Partial<ListView>) => void;
}) {
  const order = view.sort === sortKey ? "ascending" : view.sort === `-${sortKey}` ? "descending" : "none";
  const next = order === "none" ? sortKey : order === "ascending" ? `-${sortKey}` : "-created";
  return (
    <th scope="col" className={right ? "right" : undefined} aria-sort={order}>
      <button
        type="button"
        onClick={() => change({ sort: next })}
        className={`py-1 hover:text-text ${right ? "text-right" : "text-left"}`}
      >
        {name} {order === "ascending" ? "↑" : order === "descending" ? "↓" : ""}
      </button>
    </th>
  );
}

function Pages({
  page,
  change,
}: {
  page: { next: string | null; previous: string | null; runs: unknown[]; total: number };
  change: (part: Partial<ListView>) => void;
}) {
  if (!page.next && !page.previous) return null;
  const button = (name: string, to: Partial<ListView> | null) => (
    <button type="button" className="button" disabled={!to} onClick={() => to && change(to)}>
      {name}
    </button>
  );
  return (
    <nav aria-label="Pages of runs" className="mt-3 flex flex-wrap items-center gap-2">
      {button("First", page.previous ? { cursor: "", end: "first" } : null)}
      {button("Previous", page.previous ? { cursor: page.previous } : null)}
      {button("Next", page.next ? { cursor: page.next } : null)}
      {button("Last", page.next ? { cursor: "", end: "last" } : null)}
      <span className="num text-xs text-muted">
        {page.runs.length} of {page.total.toLocaleString("en")} runs
      </span>
    </nav>
  );
}
