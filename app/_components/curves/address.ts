/** Sets parameters of the address (null removes one) without a navigation. */
export function replaceParams(change: Record<string, string | null>): void {
  const next = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(change)) value === null ? next.delete(name) : next.set(name, value);
  const query = next.size > 0 ? `?${next}` : "";
  if (query !== window.location.search) window.history.replaceState(null, "", `${window.location.pathname}${query}`);
}
