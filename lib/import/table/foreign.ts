/** What a table is that has no row a finished run, by its columns; null for what may be a results table. */
export function foreignTable(columns: readonly string[]): string | null {
  const has = (name: string) => columns.some((c) => c.toLowerCase() === name);
  if (has("wall time") && has("step") && has("value") && columns.length === 3) {
    return "this is one curve as TensorBoard exports it (wall time, step, value), not a table with one row a run; its points can be sent to a run by the API";
  }
  if (columns.some((c) => / - .+(__MIN|__MAX)$/.test(c))) {
    return "these are curves as a W&B chart exports them (a column a run), not a table with one row a run; export the runs table instead";
  }
  if (has("step") && columns.length <= 40 && !columns.some((c) => /(^|[._/ ])(lr|learning[_ ]?rate)$/i.test(c))) {
    return "this looks like the history of one run (a row a step), not a table with one row a run";
  }
  return null;
}
