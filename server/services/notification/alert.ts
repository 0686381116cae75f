import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import { runs } from "@/db/schema";
import type { alertSchema } from "@/lib/protocol";
import { authorise, type Context, reaches } from "@/server/context";
import { notFound } from "@/server/errors";
import { tell } from "./tell";

/** A program says something about its run, to whoever watches it; the same key again says nothing more. */
export async function alertOfRun(ctx: Context, input: z.output<typeof alertSchema> & { runId: string }) {
  authorise(ctx, "write");
  const { runId, key, title, text, level } = input;
  const [run] = await ctx.db
    .select({ projectId: runs.projectId })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
  if (!run || !reaches(ctx, run.projectId)) throw notFound("run", runId);
  const told = await tell(ctx, {
    kind: "run-alert",
    subject: { projectId: run.projectId, runId },
    occurrence: key,
    detail: { title, text, level },
  });
  return { duplicate: !told };
}
