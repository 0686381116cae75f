/** Where a project's page of next runs stands for the settings of a fit and, if there is one, a target. */
export function nextRunsAddress(
  base: string,
  settings: unknown,
  target: { tokens?: number | null; batchSeqs?: number; params?: number | null } = {},
): string {
  const params = new URLSearchParams({ fit: JSON.stringify(settings) });
  for (const [name, value] of Object.entries(target)) if (value) params.set(name, String(value));
  return `${base}/fits/next?${params}`;
}
