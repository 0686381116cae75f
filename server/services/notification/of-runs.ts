import { sql } from "drizzle-orm";
import { LIMITS } from "@/lib/protocol";
import type { Context } from "@/server/context";
import { tell } from "./tell";

/** A run that ended without what was wanted of it. */
export interface EndedRun {
  id: string;
  projectId: string;
  diverged: boolean;
  error: string | null;
  /** When it ended, or when it had ended first where a later word says the same again. */
  since: Date;
}

const REASON_CHARACTERS = 300;

/** Tells that a run failed or diverged. */
export async function tellEnd(ctx: Context, { id, projectId, diverged, error, since }: EndedRun): Promise<void> {
  const about = { subject: { projectId, runId: id }, occurrence: since.toISOString() };
  if (diverged) await tell(ctx, { kind: "run-diverged", ...about, detail: {} });
  else await tell(ctx, { kind: "run-failed", ...about, detail: { reason: firstLine(error) } });
}

/** Tells that nothing has come of a run since a moment; a run that went on since may stall again. */
export async function tellStalled(ctx: Context, run: { id: string; projectId: string; since: Date }): Promise<void> {
  await tell(ctx, {
    kind: "run-stalled",
    subject: { projectId: run.projectId, runId: run.id },
    occurrence: run.since.toISOString(),
    detail: { minutes: LIMITS.silentMinutes },
  });
}

/** The results of a project have changed: its laws and curves are looked at in the background. */
export async function askForChecks(ctx: Context, projectId: string): Promise<void> {
  await ctx.db.execute(sql`
    insert into project_checks (project_id, team_id, asked_at) values (${projectId}, ${ctx.teamId}, clock_timestamp())
    on conflict (project_id) do update set asked_at = clock_timestamp()`);
}

function firstLine(text: string | null): string {
  const [line = ""] = (text ?? "").trim().split("\n");
  if (line.length <= REASON_CHARACTERS) return line;
  // Half of a pair cannot be stored.
  return `${line.slice(0, REASON_CHARACTERS).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
