"use client";

import { useEffect, useState } from "react";

const KEY = "etalon-asked-for";
const HOURS = 1;

/** Keeps, in this browser, which page was asked for before signing in. */
export function RememberPath({ path }: { path: string }) {
  useEffect(() => {
    localStorage.setItem(KEY, JSON.stringify({ path, at: Date.now() }));
  }, [path]);
  return null;
}

/** The page that was asked for within the last hour; "" for none. */
export function useRememberedPath(): string {
  const [path, setPath] = useState("");
  useEffect(() => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "") as { path: string; at: number };
      if (Date.now() - kept.at < HOURS * 3_600_000) setPath(kept.path);
    } catch {
      // nothing was kept
    }
  }, []);
  return path;
}

/** The same as a field of the sign-in form. */
export function RememberedPath() {
  return <input type="hidden" name="from" value={useRememberedPath()} />;
}
