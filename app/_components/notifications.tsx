"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import * as format from "@/lib/format";
import { useTRPC } from "../_trpc/client";
import { useLive } from "./live";
import { Time } from "./time";

/** Bell of the top bar: what has happened to what the reader watches. */
export function Notifications({ team }: { team: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const options = trpc.notification.list.queryOptions({ team });
  const list = useQuery(options);
  const refresh = () => void client.invalidateQueries({ queryKey: options.queryKey });
  useLive((events) => {
    if (events.length === 0 || events.some((e) => e.kind === "notification")) refresh();
  });
  const read = useMutation(trpc.notification.read.mutationOptions({ onSuccess: refresh }));
  useDismiss(open, frame, () => setOpen(false));
  const unread = list.data?.unread ?? 0;
  const entries = list.data?.entries ?? [];
  return (
    <div ref={frame} className="relative">
      <button
        type="button"
        className="button relative h-8! px-2!"
        aria-expanded={open}
        aria-label={`Notifications, ${unread} unread`}
        onClick={() => setOpen((v) => !v)}
      >
        <Bell />
        {unread > 0 && (
          <span className="num absolute -top-1.5 -right-1.5 min-w-4 rounded-full bg-accent px-1 text-center text-[10px] leading-4 font-semibold text-surface">
            {unread > 99 ? "99+" : unread}
          </span>
        )}
      </button>
      {open && (
        <section
          aria-label="Notifications"
          className="fixed inset-x-2 top-12 z-30 rounded-lg border border-line bg-surface shadow-xl sm:absolute sm:inset-x-auto sm:top-full sm:right-0 sm:mt-2 sm:w-96"
        >
          <div className="flex items-baseline justify-between gap-3 border-b border-line px-4 py-2">
            <h2>Notifications</h2>
            <button
              type="button"
              className="link text-xs disabled:text-muted"
              disabled={unread === 0 || read.isPending}
              onClick={() => read.mutate({ team, entries: {} })}
            >
              Mark all as read
            </button>
          </div>
          {entries.length === 0 ? (
            <p className="px-4 py-3 text-[13px] text-muted">
              Nothing yet. Watch a project, sweep, run or recommendation, by the button at the top of its page, to be
              told what happens to it.
            </p>
          ) : (
            <ul className="max-h-96 divide-y divide-line overflow-auto text-[13px]">
              {entries.map((e) => (
                <li key={e.id} className={`px-4 py-2 ${e.readAt ? "text-muted" : ""}`}>
                  <Link
                    className="link"
                    href={`/${team}/${e.path}`}
                    onClick={() => {
                      if (!e.readAt) read.mutate({ team, entries: { ids: [e.id] } });
                      setOpen(false);
                    }}
                  >
                    {e.title}
                  </Link>{" "}
                  <span className="wrap-anywhere">{e.words}</span>
                  <span className="block text-xs text-muted">
                    {!e.readAt && <span className="text-accent">● unread · </span>}
                    <Time at={e.at} />
                  </span>
                </li>
              ))}
            </ul>
          )}
          <p className="border-t border-line px-4 py-2 text-xs">
            <Link className="link" href={`/${team}/settings/notifications`} onClick={() => setOpen(false)}>
              What is mailed, and where else it goes
            </Link>
          </p>
          <p className="sr-only" role="status">
            {format.counted(unread, "unread notification")}
          </p>
        </section>
      )}
    </div>
  );
}

/** Escape, or a press anywhere else, closes it. */
function useDismiss(open: boolean, frame: { current: HTMLElement | null }, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!open) return;
    const key = (e: KeyboardEvent) => e.key === "Escape" && latest.current();
    const press = (e: PointerEvent) => !frame.current?.contains(e.target as Node) && latest.current();
    window.addEventListener("keydown", key);
    window.addEventListener("pointerdown", press);
    return () => {
      window.removeEventListener("keydown", key);
      window.removeEventListener("pointerdown", press);
    };
  }, [open, frame]);
}

function Bell() {
  return (
    <svg viewBox="0 0 16 16" width="15" height="15" fill="none" stroke="currentColor" strokeWidth="1.4" aria-hidden>
      <path d="M8 1.8a4 4 0 0 0-4 4v2.7L2.7 11h10.6L12 8.5V5.8a4 4 0 0 0-4-4Z" strokeLinejoin="round" />
      <path d="M6.4 13.2a1.7 1.7 0 0 0 3.2 0" strokeLinecap="round" />
    </svg>
  );
}
