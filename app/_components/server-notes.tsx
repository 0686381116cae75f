"use client";

import { useCallback, useEffect, useState } from "react";
import type { Health } from "@/lib/protocol";
import { useLive, useLiveState } from "./live";

const EVERY_MS = 30_000;
const EVERY_MS_WHILE_DOWN = 3_000;
const PARTS = { database: "The database", worker: "The local worker" } as const;

/** Says under the top bar what of the server is down, and what was within the last ten minutes. */
export function ServerNotes() {
  const state = useLiveState();
  const [health, setHealth] = useState<Health | null>(null);
  const ask = useCallback(async () => {
    const answer = await fetch("/api/health", { cache: "no-store" }).catch(() => null);
    const found = (await answer?.json().catch(() => null)) as Health | null;
    setHealth(Array.isArray(found?.restarts) ? found : null);
  }, []);
  const isDown = health !== null && (health.status !== "ok" || health.restarts.some((r) => !r.runsAgainAt));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the connection's state tells when to ask again
  useEffect(() => {
    void ask();
    const timer = setInterval(() => void ask(), isDown ? EVERY_MS_WHILE_DOWN : EVERY_MS);
    return () => clearInterval(timer);
  }, [ask, isDown, state]);
  useLive((events) => {
    if (events.length === 0) void ask();
  });
  const lines = health ? linesOf(health) : [];
  return (
    <div role="status">
      {lines.map((line) => (
        <p key={line} className="border-b border-line bg-sunken px-4 py-1.5 text-[13px] md:px-6">
          {line}
        </p>
      ))}
    </div>
  );
}

/** What a person should know of the server's health, in words. */
export function linesOf({ status, reason, restarts }: Health): string[] {
  const lines = restarts.map(({ part, endedAt, runsAgainAt, attempt, attempts }) => {
    const ended = `${PARTS[part]} ended unexpectedly at ${clock(endedAt)}`;
    const tries = `${attempt} of ${attempts} within ten minutes`;
    if (runsAgainAt) return `${ended} and runs again since ${clock(runsAgainAt)} (start ${tries}).`;
    return `${ended} and is being started again (start ${tries}).`;
  });
  const isSaid = restarts.some((r) => r.part === "database" && !r.runsAgainAt);
  if (status === "ok" || (isSaid && !reason)) return lines;
  return [...lines, `The database does not answer: ${reason ?? "the server goes on trying, and this page with it"}.`];
}

function clock(iso: string): string {
  return `${iso.slice(11, 19)} UTC`;
}
