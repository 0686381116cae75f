"use client";

import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useMemo, useState } from "react";
import * as format from "@/lib/format";
import { DeleteRuns } from "./delete-runs";
import { Scroll } from "./page";
import { runState, State } from "./state";
import type { RunRow } from "./use-runs";

interface Column {
  key: string;
  name: string;
  right?: boolean;
  value: (r: RunRow) => string | number | null;
  show: (r: RunRow) => React.ReactNode;
}

const COLUMNS: Column[] = [
  { key: "state", name: "State", value: (r) => runState(r), show: (r) => <State state={runState(r)} /> },
  {
    key: "params",
    name: "Params (non-emb.)",
    right: true,
    value: (r) => r.paramsNonEmbedding,
    show: (r) => format.paramCount(r.paramsNonEmbedding),
  },
  {
    key: "architecture",
    name: "Architecture",
    value: (r) => r.architecture,
    show: (r) =>
      `${r.architecture ?? "-"}${r.width ? ` w${r.width}` : ""}${r.parametrization === "standard" ? " standard" : ""}`,
  },
  {
    key: "batch",
    name: "Batch",
    right: true,
    value: (r) => r.batchSeqs,
    show: (r) => format.batch(r.batchSeqs, r.seqLen),
  },
  { key: "tokens", name: "Tokens", right: true, value: (r) => r.tokens, show: (r) => format.tokenCount(r.tokens) },
  { key: "lr", name: "Peak LR", right: true, value: (r) => r.peakLr, show: (r) => format.learningRate(r.peakLr) },
  {
    key: "schedule",
    name: "Schedule",
    value: (r) => r.schedule,
    show: (r) => <span title={r.schedule ?? undefined}>{r.schedule?.split(/[ ,]/)[0] ?? "-"}</span>,
  },
  { key: "loss", name: "Final loss", right: true, value: (r) => r.finalLoss, show: (r) => format.loss(r.finalLoss) },
  { key: "last", name: "Train loss", right: true, value: (r) => r.lastLoss, show: (r) => format.loss(r.lastLoss) },
  {
    key: "duration",
    name: "Duration",
    right: true,
    value: (r) => r.wallSeconds,
    show: (r) => format.duration(r.wallSeconds),
  },
];

const PAGE = 100;

/**
 * Runs with sort, filter and selection. What is shown is in the address (`q`, `sort`), so that a link reproduces it.
 * The filter takes words and `state:finished`, `lr>0.001`, `batch=8`, `tokens<=1048576` and the like.
 */
export function RunsTable({ team, project, runs }: { team: string; project: string; runs: RunRow[] }) {
  const params = useSearchParams();
  const router = useRouter();
  const [query, setQuery] = useState(params.get("q") ?? "");
  const [sort, setSort] = useState(params.get("sort") ?? "");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [pages, setPages] = useState(1);
  const shown = useMemo(() => sorted(runs.filter(matcher(query)), sort), [runs, query, sort]);
  const base = `/${team}/${project}/runs`;

  const remember = (q: string, s: string) => {
    const next = new URLSearchParams(window.location.search);
    for (const [k, v] of [
      ["q", q],
      ["sort", s],
    ] as const)
      v ? next.set(k, v) : next.delete(k);
    window.history.replaceState(null, "", `${window.location.pathname}${next.size > 0 ? `?${next}` : ""}`);
  };
  const toggleSort = (key: string) => {
    const next = sort === key ? `-${key}` : sort === `-${key}` ? "" : key;
    setSort(next);
    remember(query, next);
  };
  const toggle = (id: string) =>
    setSelected((old) => (old.has(id) ? new Set([...old].filter((x) => x !== id)) : new Set([...old, id])));
  return (
    <div className="min-w-0">
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <input
          className="field w-full sm:w-96"
          type="search"
          placeholder="Filter: w64 state:finished lr>=0.004 batch=8"
          aria-label="Filter runs by words, state:…, or lr, batch, tokens, loss with = < > <= >="
          value={query}
          onChange={(e) => {
            setQuery(e.target.value);
            remember(e.target.value, sort);
          }}
        />
        <span className="num text-xs text-muted" role="status">
          {shown.length} of {runs.length} runs
        </span>
        <button
          type="button"
          className="button ml-auto"
          disabled={selected.size < 2}
          onClick={() => router.push(`${base}/compare?runs=${[...selected].join(",")}`)}
        >
          Compare {selected.size > 0 ? selected.size : ""}
        </button>
        {selected.size > 0 && (
          <>
            <a className="button" href={pointsHref(team, [...selected], "csv")} download>
              CSV
            </a>
            <a className="button" href={pointsHref(team, [...selected], "parquet")} download>
              Parquet
            </a>
            <DeleteRuns
              team={team}
              project={project}
              runIds={[...selected]}
              label={`Delete ${selected.size}`}
              onStarted={() => setSelected(new Set())}
            />
          </>
        )}
      </div>
      <Scroll className="max-h-[75vh] overflow-auto" label="Runs">
        <table className="table">
          <thead className="sticky top-0 z-10">
            <tr>
              <th scope="col">
                <span className="sr-only">Select</span>
              </th>
              <th scope="col">Run</th>
              {COLUMNS.map((c) => (
                <th
                  key={c.key}
                  scope="col"
                  className={c.right ? "right" : undefined}
                  aria-sort={sort === c.key ? "ascending" : sort === `-${c.key}` ? "descending" : "none"}
                >
                  <button type="button" onClick={() => toggleSort(c.key)} className="hover:text-text">
                    {c.name} {sort === c.key ? "↑" : sort === `-${c.key}` ? "↓" : ""}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, pages * PAGE).map((r) => (
              <tr key={r.id}>
                <td>
                  <input
                    type="checkbox"
                    aria-label={`Select ${r.name}`}
                    checked={selected.has(r.id)}
                    onChange={() => toggle(r.id)}
                  />
                </td>
                <td>
                  <Link className="link" href={`${base}/${r.id}`}>
                    {r.name}
                  </Link>
                </td>
                {COLUMNS.map((c) => (
                  <td key={c.key} className={c.right ? "right" : undefined}>
                    {c.show(r)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length === 0 && (
        <p className="py-6 text-center text-muted">
          {runs.length === 0 ? "No runs yet." : "No run matches this filter."}
        </p>
      )}
      {shown.length > pages * PAGE && (
        <button type="button" className="button mt-3" onClick={() => setPages((p) => p + 1)}>
          Show more ({shown.length - pages * PAGE} left)
        </button>
      )}
    </div>
  );
}

/** All points of runs as a file. */
export function pointsHref(team: string, runIds: string[], format: "csv" | "parquet"): string {
  return `/api/points?${new URLSearchParams({ team, runs: runIds.join(","), format })}`;
}

const NUMBERS: Record<string, (r: RunRow) => number | null> = {
  lr: (r) => r.peakLr,
  batch: (r) => r.batchSeqs,
  tokens: (r) => r.tokens,
  loss: (r) => r.finalLoss,
  width: (r) => r.width,
  params: (r) => r.paramsNonEmbedding,
  seed: (r) => r.seed,
};

function matcher(query: string): (r: RunRow) => boolean {
  const tests = query
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((word): ((r: RunRow) => boolean) => {
      const compared = /^(\w+)(<=|>=|=|<|>)(.+)$/.exec(word);
      const read = compared && NUMBERS[compared[1]!];
      if (compared && read) return (r) => compares(read(r), compared[2]!, Number(compared[3]));
      const state = /^state:(\w+)$/.exec(word);
      if (state) return (r) => runState(r) === state[1];
      return (r) =>
        `${r.name} ${r.architecture} ${r.schedule} ${r.parametrization}`.toLowerCase().includes(word.toLowerCase());
    });
  return (r) => tests.every((t) => t(r));
}

function compares(value: number | null, operator: string, bound: number): boolean {
  if (value === null || Number.isNaN(bound)) return false;
  if (operator === "=") return value === bound;
  if (operator === "<") return value < bound;
  if (operator === ">") return value > bound;
  return operator === "<=" ? value <= bound : value >= bound;
}

/** Unknown and non-finite values come last in either direction. */
function sorted(rows: RunRow[], sort: string): RunRow[] {
  const column = COLUMNS.find((c) => c.key === sort.replace(/^-/, ""));
  if (!column) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  const blank = (v: string | number | null) => v === null || (typeof v === "number" && !Number.isFinite(v));
  return [...rows].sort((p, q) => {
    const [x, y] = [column.value(p), column.value(q)];
    if (blank(x) || blank(y)) return Number(blank(x)) - Number(blank(y));
    return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
  });
}
