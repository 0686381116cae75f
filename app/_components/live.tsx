"use client";

import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import type { LiveEvent } from "@/lib/protocol";

type Listener = (events: LiveEvent[]) => void;
export type LiveState = "connecting" | "connected" | "offline";

const LiveContext = createContext<{ state: LiveState; since: Date | null; listeners: Set<Listener> } | null>(null);

const AGAIN_MS = 1_000;
const AGAIN_AT_MOST_MS = 10_000;

/**
 * One server-sent event stream for the team. After a lost connection the browser reconnects by itself, after an answer
 * such as 503 it gives up for good: then another stream is opened, after pauses that double.
 */
export function LiveProvider({ team, children }: { team: string; children: ReactNode }) {
  const [listeners] = useState(() => new Set<Listener>());
  const [state, setState] = useState<LiveState>("connecting");
  const [since, setSince] = useState<Date | null>(null);
  useEffect(() => {
    let wasLost = false;
    let pause = AGAIN_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource;
    const open = () => {
      source = new EventSource(`/api/events?team=${encodeURIComponent(team)}`);
      source.onopen = () => {
        setState("connected");
        setSince(null);
        pause = AGAIN_MS;
        // What happened while the connection was away is unknown: everything shown may be stale.
        if (wasLost) for (const l of listeners) l([]);
        wasLost = false;
      };
      source.onerror = () => {
        wasLost = true;
        const isGivenUp = source.readyState === EventSource.CLOSED;
        setState(isGivenUp ? "offline" : "connecting");
        setSince((s) => s ?? new Date());
        if (!isGivenUp) return;
        timer = setTimeout(open, pause);
        pause = Math.min(2 * pause, AGAIN_AT_MOST_MS);
      };
      source.onmessage = (message) => {
        const events = JSON.parse(message.data) as LiveEvent[];
        for (const l of listeners) l(events);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [team, listeners]);
  return <LiveContext value={{ state, since, listeners }}>{children}</LiveContext>;
}

/** Calls `listener` with what changed; with [] when anything may have changed unheard. At most once in `everyMs`. */
export function useLive(listener: Listener, everyMs = 1_000): void {
  const live = useContext(LiveContext);
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (!live) return;
    let pending: LiveEvent[] | null = null;
    let everything = false;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const fire = () => {
      timer = null;
      if (!pending) return;
      const events = everything ? [] : pending;
      pending = null;
      everything = false;
      latest.current(events);
      timer = setTimeout(fire, everyMs);
    };
    const receive: Listener = (events) => {
      if (events.length === 0) everything = true;
      pending = [...(pending ?? []), ...events];
      if (!timer) fire();
    };
    live.listeners.add(receive);
    return () => {
      live.listeners.delete(receive);
      if (timer) clearTimeout(timer);
    };
  }, [live, everyMs]);
}

/** How the stream of changes stands. */
export function useLiveState(): LiveState {
  return useContext(LiveContext)?.state ?? "connecting";
}

/** Dot and word in the top bar. */
export function LiveDot() {
  const live = useContext(LiveContext);
  if (!live) return null;
  const { state, since } = live;
  const colour = state === "connected" ? "bg-finished" : state === "connecting" ? "bg-diverged" : "bg-failed";
  const words = { connected: "live", connecting: "reconnecting", offline: "offline" }[state];
  return (
    <span
      className="flex items-center gap-1.5 text-xs text-muted"
      role="status"
      title={since ? `since ${since.toISOString().slice(11, 19)} UTC` : undefined}
    >
      <span className={`size-2 rounded-full ${colour}`} aria-hidden />
      {words}
    </span>
  );
}
