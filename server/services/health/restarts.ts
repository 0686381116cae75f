import type { Part, Restart } from "@/lib/protocol";

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
