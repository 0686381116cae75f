/** Runs of a project as an address names them; more ids than `ADDRESSED` go as a stored selection. */
export interface Chosen {
  project: string;
  runIds?: string[];
  selection?: string;
  sweepId?: string;
  filter?: string;
}

/** As many ids as an address may hold without being cut somewhere on its way. */
export const ADDRESSED = 20;

function queryOf(team: string, { project, runIds, selection, sweepId, filter }: Chosen): URLSearchParams {
  return new URLSearchParams({
    team,
    project,
    ...(runIds && { runs: runIds.join(",") }),
    ...(selection && { selection }),
    ...(sweepId && { sweep: sweepId }),
    ...(filter && { filter }),
  });
}

/** All points of these runs as a file. */
export function pointsHref(team: string, chosen: Chosen, format: "csv" | "parquet"): string {
  const query = queryOf(team, chosen);
  query.set("format", format);
  return `/api/points?${query}`;
}

/** These runs as a table, one row a run. */
export function tableHref(team: string, chosen: Chosen): string {
  return `/api/runs?${queryOf(team, chosen)}`;
}

/** The comparison of these runs. */
export function compareHref(team: string, { project, runIds, selection }: Chosen): string {
  const query = selection ? `selection=${selection}` : `runs=${(runIds ?? []).join(",")}`;
  return `/${team}/${project}/runs/compare?${query}`;
}
