"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useCallback, useEffect, useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { replaceParams } from "../curves/address";
import { useSettled } from "../curves/use-settled";
import { useLive } from "../live";

/** What a list of runs shows; all of it is in the address. */
export interface ListView {
  filter: string;
  /** Key, `-` before it for descending. */
  sort: string;
  /** Added columns. */
  columns: string[];
  /** Keys that rows are grouped by; none for single runs. */
  group: string;
  /** What a group's mean is taken of. */
  value: string;
  cursor: string;
  end: "first" | "last";
}

/** What every part of a list of runs is about. */
export interface ListProps {
  team: string;
  project: string;
  sweepId?: string;
  view: ListView;
  change: (part: Partial<ListView>) => void;
}

/** A page of the list as `useRunPage` gives it. */
export type RunPageQuery = ReturnType<typeof useRunPage>;

const PAGE = 100;
const REFETCH_MS = 2_000;
const TYPING_MS = 250;

export function useListView(): [ListView, (change: Partial<ListView>) => void] {
  const params = useSearchParams();
  const [view, setView] = useState<ListView>(() => ({
    filter: params.get("q") ?? "",
    sort: params.get("sort") ?? "-created",
    columns: params.getAll("col"),
    group: params.get("group") ?? "",
    value: params.get("value") ?? "loss",
    cursor: params.get("at") ?? "",
    end: params.get("end") === "last" ? "last" : "first",
  }));
  const change = useCallback((part: Partial<ListView>) => {
    setView((old) => {
      const next = { ...old, ...part };
      // A place in one order is none in another.
      const moved = next.filter !== old.filter || next.sort !== old.sort;
      return moved ? { ...next, cursor: "", end: "first" } : next;
    });
  }, []);
  useEffect(() => {
    replaceParams({
      q: view.filter || null,
      sort: view.sort === "-created" ? null : view.sort,
      group: view.group || null,
      value: view.value === "loss" ? null : view.value,
      at: view.cursor || null,
      end: view.end === "last" && !view.cursor ? "last" : null,
    });
    replaceColumns(view.columns);
  }, [view]);
  return [view, change];
}

/** One page of runs, kept current; the page before stays while another is on its way. */
export function useRunPage(team: string, project: string, sweepId: string | undefined, view: ListView) {
  const filter = useTyped(view.filter);
  return useLiveQuery(team, {
    project,
    sweepId,
    filter,
    sort: view.sort,
    keys: view.columns,
    limit: PAGE,
    ...(view.cursor ? { cursor: view.cursor } : { end: view.end }),
  });
}

/** The first `limit` runs of a filter, for the curves. */
export function useFirstRuns(
  team: string,
  project: string,
  sweepId: string | undefined,
  view: Pick<ListView, "filter" | "sort">,
  limit: number,
) {
  const filter = useTyped(view.filter);
  return useLiveQuery(team, { project, sweepId, filter, sort: view.sort, limit: Math.max(1, limit) }, limit > 0);
}

function useLiveQuery(team: string, query: RunQuery, enabled = true) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.run.query.queryOptions({ team, query });
  const found = useQuery({ ...options, enabled, placeholderData: keepPreviousData, retry: false });
  useLive((events) => {
    if (events.length === 0 || events.some((e) => KINDS.has(e.kind)))
      void client.invalidateQueries({ queryKey: options.queryKey });
  }, REFETCH_MS);
  return found;
}

const KINDS = new Set(["run", "job", "sweep", "deletion"]);

interface RunQuery {
  project: string;
  sweepId?: string;
  filter: string;
  sort: string;
  keys?: string[];
  limit: number;
  cursor?: string;
  end?: "first" | "last";
}

/** A text once nobody has typed for a moment. */
export const useTyped = (text: string) => useSettled(text, TYPING_MS);

function replaceColumns(columns: string[]): void {
  const next = new URLSearchParams(window.location.search);
  if (JSON.stringify(next.getAll("col")) === JSON.stringify(columns)) return;
  next.delete("col");
  for (const c of columns) next.append("col", c);
  window.history.replaceState(null, "", `${window.location.pathname}${next.size > 0 ? `?${next}` : ""}`);
}
