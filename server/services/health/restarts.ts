/** What the server keeps alive beside itself. */
export type Part = "database" | "worker";

/** The last end of a part, and what has become of it. Times as ISO 8601, UTC. */
export interface Restart {
  part: Part;
  endedAt: string;
  /** Null while it is down. */
  runsAgainAt: string | null;
  /** Which of the tries within ten minutes this is, and how many there are before the server gives up. */
  attempt: number;
  attempts: number;
}

const SHOWN_MS = 10 * 60_000;
/** Bundles of one process share it. */
const shared = globalThis as unknown as { etalonRestarts?: Map<Part, Restart> };

/** Takes down that a part has ended or runs again. */
export function noteRestart(restart: Restart): void {
  shared.etalonRestarts ??= new Map();
  shared.etalonRestarts.set(restart.part, restart);
}

/** Parts that are down, or were within the last ten minutes. */
export function recentRestarts(now = Date.now()): Restart[] {
  const all = [...(shared.etalonRestarts?.values() ?? [])];
  return all.filter(({ runsAgainAt }) => !runsAgainAt || now - Date.parse(runsAgainAt) < SHOWN_MS);
}
