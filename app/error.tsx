"use client";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="mx-auto max-w-xl p-10">
      <h1>This page failed</h1>
      <p className="mt-2 text-muted">
        The server's log says why{error.digest ? `, under ${error.digest}` : ""}. Nothing that you stored is lost.
      </p>
      <button type="button" className="button mt-4" onClick={reset}>
        Try again
      </button>
    </main>
  );
}
