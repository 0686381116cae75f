"use client";

/** Local time, the exact UTC on hover. */
export function Time({ at }: { at: Date | string | null | undefined }) {
  if (!at) return <span>-</span>;
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()} suppressHydrationWarning>
      {date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}
    </time>
  );
}
