/** Where a page of a list stands in the whole, and the ones beside it; nothing where one page has all. */
export function Pager({
  skip,
  shown,
  total,
  pageSize,
  onSkip,
}: {
  /** How many stand before this page. */
  skip: number;
  shown: number;
  total: number;
  pageSize: number;
  onSkip: (skip: number) => void;
}) {
  if (total <= shown) return null;
  return (
    <p className="mt-3 flex items-center gap-3">
      <span className="text-xs text-muted">
        {shown === 0 ? 0 : skip + 1} to {skip + shown} of {total}
      </span>
      <button
        type="button"
        className="button"
        disabled={skip === 0}
        onClick={() => onSkip(Math.max(0, skip - pageSize))}
      >
        Back
      </button>
      <button type="button" className="button" disabled={skip + shown >= total} onClick={() => onSkip(skip + pageSize)}>
        Next
      </button>
    </p>
  );
}
