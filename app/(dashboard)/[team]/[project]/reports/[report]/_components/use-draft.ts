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
  const [report, setReport] = useState(initial);
  const [draft, setDraft] = useState(textOf(initial));
  const [theirs, setTheirs] = useState<Report | null>(null);
  const [restored, setRestored] = useState(false);
  const fetchNewest = useNewest(team, initial.id);
  const { mutate, isPending, error, reset } = useMutation(useTRPC().report.save.mutationOptions());
  const isChanged = draft.title !== report.title || draft.body !== report.body;
  const isUsable = draft.title.trim() !== "";

  useEffect(() => {
    let isGone = false;
    const kept = keptDraft(initial.id);
    // The page may come from the browser's memory: what is stored now may be newer.
    void fetchNewest().then((newest) => {
      if (isGone) return;
      setReport(newest);
      const mine = kept && (kept.title !== newest.title || kept.body !== newest.body) ? kept : null;
      setDraft((now) => {
        if (mine) return textOf(mine);
        return now.title === initial.title && now.body === initial.body ? textOf(newest) : now;
      });
      setRestored(mine !== null);
      if (mine && mine.basedOn !== newest.updatedAt.toISOString()) setTheirs(newest);
    });
    return () => {
      isGone = true;
    };
  }, [initial, fetchNewest]);

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
            if (newest.title === text.title && newest.body === text.body) setReport(newest);
            else setTheirs(newest);
          },
        },
      );
    },
    [team, mutate, fetchNewest],
  );

  useEffect(() => {
    if (!isChanged) return dropKept(report.id);
    keep(report.id, { ...draft, basedOn: report.updatedAt.toISOString() } satisfies Kept);
    if (theirs || isPending || !isUsable) return;
    const timer = setTimeout(() => store(report, draft), error ? AGAIN_MS : IDLE_MS);
    return () => clearTimeout(timer);
  }, [isChanged, isUsable, isPending, error, theirs, report, draft, store]);

  useFlush(isChanged && isUsable && !theirs && !isPending ? () => store(report, draft) : null);

  return {
    report,
    draft,
    restored,
    theirs,
    change: setDraft,
    save: () => store(report, draft),
    status: isPending ? "saving" : !isChanged ? "saved" : error || theirs || !isUsable ? "not saved" : "typing",
    error: isUsable ? (error && !theirs ? error.message : null) : "give the report a title",
    keepMine: () => {
      if (!theirs) return;
      setTheirs(null);
      reset();
      setReport(theirs);
      store(theirs, draft);
    },
    takeTheirs: () => {
      if (!theirs) return;
      setTheirs(null);
      reset();
      setReport(theirs);
      setDraft(textOf(theirs));
    },
  };
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
