/** A time in UTC, which it says: the same on the server, in every browser and on the axes of charts. */
export function Time({ at }: { at: Date | string | null | undefined }) {
  if (!at) return <span>-</span>;
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {iso.slice(0, 16).replace("T", " ")} UTC
    </time>
  );
}
