"use client";

import { useState } from "react";

/** Copies the text, made only when it is asked for where it is long, or the page's address. */
export function Copy({ text, label }: { text: string | (() => string) | null; label: string }) {
  const [done, setDone] = useState(false);
  return (
    <button
      type="button"
      className={text === null ? "button" : "button h-7!"}
      onClick={async () => {
        await navigator.clipboard.writeText(typeof text === "function" ? text() : (text ?? window.location.href));
        setDone(true);
        setTimeout(() => setDone(false), 1_500);
      }}
    >
      {done ? "Copied" : label}
    </button>
  );
}
