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

/** The answer of GET /api/health. */
export interface Health {
  status: "ok" | "database unavailable";
  /** Why the database is unavailable and what to do, where that is known. */
  reason?: string;
  restarts: Restart[];
}
