"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { canonicalKey } from "@/lib/filter";
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
/** A run that has gone quiet announces nothing: the list is read again. */
const QUIET_MS = 60_000;

const BURST_MS = 1_500;

/**
 * The view as the address has it: Back, and a link to another view of the same page, change the list. What is changed
 * here is a step of the browser's history; what is typed in one go is one step.
 */
export function useListView(): [ListView, (change: Partial<ListView>) => void] {
  const params = useSearchParams();
  const [view, setView] = useState<ListView>(() => fromAddress(params));
  const latest = useRef(view);
  const last = useRef({ at: 0, keys: "" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address may be ahead of the router's parameters
  useEffect(() => {
    const there = fromAddress(new URLSearchParams(window.location.search));
    if (JSON.stringify(there) === JSON.stringify(latest.current)) return;
    latest.current = there;
    setView(there);
  }, [params]);
  const change = useCallback((part: Partial<ListView>) => {
    const old = latest.current;
    const next = { ...old, ...part };
    // A place in one order is none in another.
    const moved = next.filter !== old.filter || next.sort !== old.sort;
    latest.current = moved ? { ...next, cursor: "", end: "first" } : next;
    setView(latest.current);
    const keys = Object.keys(part).join();
    const isBurst = keys === last.current.keys && performance.now() - last.current.at < BURST_MS;
    last.current = { at: performance.now(), keys };
    const address = addressOf(latest.current);
    if (address === `${window.location.pathname}${window.location.search}`) return;
    if (isBurst) window.history.replaceState(null, "", address);
    else window.history.pushState(null, "", address);
  }, []);
  return [view, change];
}

function fromAddress(params: Pick<URLSearchParams, "get" | "getAll">): ListView {
  return {
    filter: params.get("q") ?? "",
    sort: (params.get("sort") ?? "-created").replace(/^(-?)(.*)$/s, (_, sign, key) => sign + canonicalKey(key)),
    columns: params.getAll("col").map(canonicalKey),
    group: canonicalKey(params.get("group") ?? ""),
    value: canonicalKey(params.get("value") ?? "finalLoss"),
    cursor: params.get("at") ?? "",
    end: params.get("end") === "last" ? "last" : "first",
  };
}

/** The page's address with the view in it; what else stands there stays. */
function addressOf(view: ListView): string {
  const next = new URLSearchParams(window.location.search);
  const set = (name: string, value: string | null) => (value === null ? next.delete(name) : next.set(name, value));
  set("q", view.filter || null);
  set("sort", view.sort === "-created" ? null : view.sort);
  set("group", view.group || null);
  set("value", view.value === "finalLoss" ? null : view.value);
  set("at", view.cursor || null);
  set("end", view.end === "last" && !view.cursor ? "last" : null);
  next.delete("col");
  for (const c of view.columns) next.append("col", c);
  return `${window.location.pathname}${next.size > 0 ? `?${next}` : ""}`;
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
  const found = useQuery({
    ...options,
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
    refetchInterval: QUIET_MS,
  });
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
