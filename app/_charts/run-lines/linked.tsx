"use client";

import { createContext, type ReactNode, useContext, useState } from "react";

/** Where the pointer is on some chart of the page. */
export interface Cursor {
  x: number;
  runId: string;
}

type Listener = (cursor: Cursor | null, source: object) => void;

/** Passes the cursor on between charts without drawing the page anew. */
export class CursorLink {
  private readonly listeners = new Set<Listener>();

  set(cursor: Cursor | null, source: object): void {
    for (const listener of this.listeners) listener(cursor, source);
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const LinkContext = createContext<CursorLink | null>(null);

/** Charts in here share one cursor. */
export function LinkedCharts({ children }: { children: ReactNode }) {
  const [link] = useState(() => new CursorLink());
  return <LinkContext value={link}>{children}</LinkContext>;
}

export const useCursorLink = () => useContext(LinkContext);
