"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { dropKept, type Kept, keep, keptDraft } from "./kept-draft";

export type Report = Outputs["report"]["get"];
export interface Draft {
  title: string;
  body: string;
}

/** The text alone: what else a report has is refused when it is sent back. */
const textOf = ({ title, body }: Draft): Draft => ({ title, body });

const IDLE_MS = 1_000;
const AGAIN_MS = 5_000;

export interface ReportDraft {
  /** The report as it is stored. */
  report: Report;
  draft: Draft;
  change: (draft: Draft) => void;
  save: () => void;
  status: "saved" | "typing" | "saving" | "not saved";
  error: string | null;
  /** What somebody else has stored meanwhile, where it stands against the draft. */
  theirs: Report | null;
  keepMine: () => void;
  takeTheirs: () => void;
  /** Text of an earlier visit that had not been saved was put back. */
  restored: boolean;
}

/**
 * The text of a report while it is edited: kept in this browser at every change, saved to the server when the typing
 * pauses, and never over what somebody else has written.
 */
export function useDraft(team: string, initial: Report): ReportDraft {
  const { report, setReport, theirs, setTheirs, fetchNewest, store, settle, isPending, error } = useStored(
    team,
    initial,
  );
  const [draft, setDraft] = useState(textOf(initial));
  const [restored, setRestored] = useState(false);
  const isChanged = !isSame(draft, report);
  const isUsable = draft.title.trim() !== "";

  useEffect(() => {
    let isGone = false;
    const kept = keptDraft(initial.id);
    // The page may come from the browser's memory: what is stored now may be newer.
    void fetchNewest().then((newest) => {
      if (isGone) return;
      setReport(newest);
      const mine = kept && !isSame(kept, newest) ? kept : null;
      setDraft((now) => (mine ? textOf(mine) : isSame(now, initial) ? textOf(newest) : now));
      setRestored(mine !== null);
      if (mine && mine.basedOn !== newest.updatedAt.toISOString()) setTheirs(newest);
    });
    return () => {
      isGone = true;
    };
  }, [initial, fetchNewest, setReport, setTheirs]);

  useEffect(() => {
    if (!isChanged) return dropKept(report.id);
    keep(report.id, { ...draft, basedOn: report.updatedAt.toISOString() } satisfies Kept);
    if (theirs || isPending || !isUsable) return;
    const timer = setTimeout(() => store(report, draft), error ? AGAIN_MS : IDLE_MS);
    return () => clearTimeout(timer);
  }, [isChanged, isUsable, isPending, error, theirs, report, draft, store]);

  useFlush(isChanged && isUsable && !theirs && !isPending ? () => store(report, draft) : null);

  return {
    ...{ report, draft, restored, theirs },
    change: setDraft,
    save: () => store(report, draft),
    status: isPending ? "saving" : !isChanged ? "saved" : error || theirs || !isUsable ? "not saved" : "typing",
    error: isUsable ? (error && !theirs ? error.message : null) : "give the report a title",
    keepMine: () => settle((found) => store(found, draft)),
    takeTheirs: () => settle((found) => setDraft(textOf(found))),
  };
}

const isSame = (a: Draft, b: Draft) => a.title === b.title && a.body === b.body;

/** The report as it is stored, how a text is stored over it, and what somebody else has stored meanwhile. */
function useStored(team: string, initial: Report) {
  const [report, setReport] = useState(initial);
  const [theirs, setTheirs] = useState<Report | null>(null);
  const fetchNewest = useNewest(team, initial.id);
  const { mutate, isPending, error, reset } = useMutation(useTRPC().report.save.mutationOptions());
  const store = useCallback(
    (basedOn: Report, text: Draft) => {
      mutate(
        { team, report: { id: basedOn.id, ...text, basedOn: basedOn.updatedAt } },
        {
          onSuccess: ({ updatedAt }) => setReport({ ...basedOn, ...text, updatedAt }),
          onError: async (e) => {
            if (e.data?.code !== "CONFLICT") return;
            const newest = await fetchNewest();
            // What was sent when the page was left may arrive after it was opened again: the same text is no conflict.
            if (isSame(newest, text)) setReport(newest);
            else setTheirs(newest);
          },
        },
      );
    },
    [team, mutate, fetchNewest],
  );
  /** Goes on from what somebody else has stored. */
  const settle = (go: (found: Report) => void) => {
    if (!theirs) return;
    setTheirs(null);
    reset();
    setReport(theirs);
    go(theirs);
  };
  return { report, setReport, theirs, setTheirs, fetchNewest, store, settle, isPending, error };
}

function useNewest(team: string, id: string) {
  const client = useQueryClient();
  const trpc = useTRPC();
  const options = useRef(trpc.report.get.queryOptions({ team, id }));
  return useCallback(() => client.fetchQuery({ ...options.current, staleTime: 0 }), [client]);
}

/** Saves once more when the page is left within the product. */
function useFlush(save: (() => void) | null): void {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => () => latest.current?.(), []);
}
