import { and, asc, desc, eq, gt } from "drizzle-orm";
import type { z } from "zod";
import { runLogs, runs } from "@/db/schema";
import type { logLinesSchema } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { authoriseIngest } from "../job";

async function projectOf(ctx: Context, runId: string): Promise<string> {
  const [run] = await ctx.db
    .select({ projectId: runs.projectId })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
  if (!run) throw notFound("run", runId);
  return run.projectId;
}

/** Stores log lines; a line number sent again replaces the line. */
export async function appendLog(ctx: Context, input: z.output<typeof logLinesSchema> & { runId: string }) {
  await authoriseIngest(ctx, input.runId);
  const projectId = await projectOf(ctx, input.runId);
  const last = new Map(input.lines.map((l) => [l.line, l.text]));
  await ctx.sql`
    insert into run_logs (run_id, line, text)
    select ${input.runId}, l.line, l.text
    from json_to_recordset(${JSON.stringify([...last].map(([line, text]) => ({ line, text })))}::json) as l (line bigint, text text)
    on conflict (run_id, line) do update set text = excluded.text`;
  await announce(ctx, [{ projectId, kind: "log", id: input.runId }]);
  return { accepted: last.size };
}

/** Lines in ascending order: the first `limit` after line `after`, or without it the last ones. */
export async function readLog(ctx: Context, input: { runId: string; limit?: number; after?: number }) {
  authorise(ctx, "read");
  await projectOf(ctx, input.runId);
  const lines = await ctx.db
    .select({ line: runLogs.line, text: runLogs.text, time: runLogs.time })
    .from(runLogs)
    .where(and(eq(runLogs.runId, input.runId), input.after === undefined ? undefined : gt(runLogs.line, input.after)))
    .orderBy(input.after === undefined ? desc(runLogs.line) : asc(runLogs.line))
    .limit(input.limit ?? 500);
  return input.after === undefined ? lines.reverse() : lines;
}
