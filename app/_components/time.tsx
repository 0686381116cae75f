"use client";

import { createContext, type ReactNode, useContext } from "react";
import * as format from "@/lib/format";

const Zone = createContext("UTC");

/** In which zone times are written below it: the reader's own. */
export function TimeZone({ zone, children }: { zone: string; children: ReactNode }) {
  return <Zone value={zone}>{children}</Zone>;
}

/** A time in the reader's zone, which it says; where the pointer rests in UTC, as on the axes of charts and in files. */
export function Time({ at }: { at: Date | string | null | undefined }) {
  const zone = useContext(Zone);
  if (!at) return <span>-</span>;
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {format.time(new Date(at), zone)}
    </time>
  );
}
