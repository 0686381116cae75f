"use client";

import { useEffect } from "react";

/**
 * Asks before the page is left by the browser while `words` says what would be lost, and before a link is followed
 * where `links` says so.
 */
export function useLeaveQuestion(words: string | null, links: boolean): void {
  useEffect(() => {
    if (words === null) return;
    const onUnload = (e: BeforeUnloadEvent) => e.preventDefault();
    const onClick = (e: MouseEvent) => {
      const link = e.target instanceof Element ? e.target.closest("a[href]") : null;
      if (!(link instanceof HTMLAnchorElement) || link.target === "_blank" || link.hasAttribute("download")) return;
      if (e.ctrlKey || e.metaKey || e.shiftKey || link.pathname === window.location.pathname) return;
      if (window.confirm(`${words} Leave the page?`)) return;
      e.preventDefault();
      e.stopPropagation();
    };
    window.addEventListener("beforeunload", onUnload);
    if (links) document.addEventListener("click", onClick, true);
    return () => {
      window.removeEventListener("beforeunload", onUnload);
      document.removeEventListener("click", onClick, true);
    };
  }, [words, links]);
}
