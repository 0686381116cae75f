"use client";

import { useRouter } from "next/navigation";
import { startTransition, useEffect, useState } from "react";

type Trouble = "looking" | "page" | "database" | "server";

const WORDS: Record<Exclude<Trouble, "looking">, { title: string; text: string }> = {
  page: { title: "This page failed", text: "The server’s log says why. Nothing that you stored is lost." },
  database: {
    title: "The database is away",
    text: "The server runs, but its database does not answer. Nothing that you stored is lost; this page comes back by itself.",
  },
  server: {
    title: "The server is away",
    text: "It does not answer. Nothing that you stored is lost; this page comes back by itself.",
  },
};

const LOOK_EVERY_MS = 2_000;
/** So long after an outage a page is asked for again and again: the first connections may still fail. */
const AGAIN_MS = 30_000;
/** When something was away last; each failure of a page makes this component anew. */
let lastAway = Number.NEGATIVE_INFINITY;

async function look(): Promise<Exclude<Trouble, "looking">> {
  try {
    const response = await fetch("/api/health", { cache: "no-store" });
    return response.ok ? "page" : "database";
  } catch {
    return "server";
  }
}

/** Says what is away, and shows the page again as soon as it is back. */
export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const [trouble, setTrouble] = useState<Trouble>("looking");
  const router = useRouter();
  useEffect(() => {
    let isGone = false;
    const again = async () => {
      const now = await look();
      if (isGone) return;
      if (now !== "page") lastAway = performance.now();
      if (now === "page" && performance.now() - lastAway < AGAIN_MS) {
        startTransition(() => {
          router.refresh();
          reset();
        });
      } else setTrouble(now);
    };
    void again();
    const timer = setInterval(again, LOOK_EVERY_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [reset, router]);
  const { title, text } = WORDS[trouble === "looking" ? "page" : trouble];
  return (
    <main className="mx-auto max-w-xl p-10">
      <h1>{title}</h1>
      <p role="status" className="mt-2 text-muted">
        {text}
        {trouble === "page" && error.digest ? ` Look for ${error.digest}.` : ""}
      </p>
      <button
        type="button"
        className="button mt-4"
        onClick={() =>
          startTransition(() => {
            router.refresh();
            reset();
          })
        }
      >
        Try again
      </button>
    </main>
  );
}
