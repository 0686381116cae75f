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
  const [chosen, setChosen] = useState<ReadonlyMap<string, string>>(new Map());
  /** The filter whose runs are all chosen. */
  const [allOf, setAllOf] = useState<string | null>(null);
  const all = allOf === view.filter;
  const columns = [...COLUMNS, ...view.columns.map(addedColumn)];
  const rows = data?.runs ?? [];
  const names = rowNames(rows);
  const choose = (runs: RunRow[], on: boolean) => {
    setAllOf(null);
    setChosen((old) => {
      const next = new Map(old);
      for (const r of runs) on ? next.set(r.id, r.name) : next.delete(r.id);
      return next;
    });
  };
  const allHere = rows.length > 0 && rows.every((r) => chosen.has(r.id));
  return (
    <div className="min-w-0">
      {view.group ? (
        <RunGroups team={team} project={project} sweepId={sweepId} view={view} change={change} />
      ) : (
        <>
          <Actions
            {...{ team, project, sweepId, all }}
            filter={view.filter}
            total={data?.total ?? 0}
            chosen={[...chosen.keys()]}
            canChooseAll={allHere && (data?.total ?? 0) > chosen.size}
            chooseAll={() => setAllOf(view.filter)}
            clear={() => {
              setChosen(new Map());
              setAllOf(null);
            }}
          />
          {isPending && !error ? (
            <Skeleton height={480} />
          ) : (
            <Scroll className="max-h-[75vh] overflow-auto" label="Runs">
              <table
                className={`table [&_td]:px-1.5! [&_th]:px-1.5! [&_th]:whitespace-normal! ${isPlaceholderData ? "opacity-60" : ""}`}
              >
                <thead className="sticky top-0 z-10">
                  <tr>
                    <th scope="col">
                      <input
                        type="checkbox"
                        aria-label="Select all on this page"
                        checked={all || allHere}
                        onChange={(e) => choose(rows, e.target.checked)}
                      />
                    </th>
                    <SortHeader name="Run" sortKey="name" view={view} change={change} />
                    {columns.map((c) => (
                      <SortHeader
                        key={c.key}
                        name={c.name}
                        sortKey={c.key}
                        right={c.right}
                        view={view}
                        change={change}
                      />
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
                          checked={all || chosen.has(r.id)}
                          onChange={(e) => choose([r], e.target.checked)}
                        />
                      </td>
                      <td>
                        <Link className="link" href={`/${team}/${project}/runs/${r.id}`}>
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
            </Scroll>
          )}
          {data && rows.length === 0 && !error && (
            <p className="py-6 text-center text-muted">
              {view.filter ? "No run matches this filter." : "No runs yet."}
            </p>
          )}
          {data && <Pages page={data} change={change} />}
        </>
      )}
    </div>
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
