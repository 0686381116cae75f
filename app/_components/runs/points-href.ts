/** All points of chosen runs, or of the runs of a project that a filter lets through, as a file. */
export function pointsHref(
  team: string,
  what: { runIds: string[] } | { project: string; filter: string },
  format: "csv" | "parquet",
): string {
  const chosen: Record<string, string> =
    "runIds" in what ? { runs: what.runIds.join(",") } : { project: what.project, filter: what.filter };
  return `/api/points?${new URLSearchParams({ team, ...chosen, format })}`;
}
