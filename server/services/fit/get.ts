import { and, eq } from "drizzle-orm";
import { fits, projects, users } from "@/db/schema";
import { isSameLaw, readFitResult, settingsToday } from "@/lib/fit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { computed } from "../compute";
import { runPoints } from "../run";
import { transferEvidence } from "./evidence";

/**
 * A stored fit. `since` says what finished or went since and would enter the same fit; `reproduced` says whether
 * computing it again from its own runs gives the same law.
 */
export async function getFit(ctx: Context, input: { id: string }) {
  authorise(ctx, "read");
  const [row] = await ctx.db
    .select({ fit: fits, project: projects.slug, author: users.name })
    .from(fits)
    .innerJoin(projects, eq(projects.id, fits.projectId))
    .leftJoin(users, eq(users.id, fits.createdBy))
    .where(and(eq(fits.teamId, ctx.teamId), eq(fits.id, input.id)));
  if (!row) throw notFound("fit", input.id);
  const result = readFitResult(row.fit.result);
  const points = await runPoints(ctx, { project: row.project });
  const known = new Set(row.fit.runIds);
  const own = points.filter((p) => known.has(p.runId));
  const again = await computed("fitLaw", own, settingsToday(result, own));
  const since = await computed("changesSince", result, points);
  return {
    id: row.fit.id,
    name: row.fit.name,
    createdAt: row.fit.createdAt,
    author: row.author,
    project: row.project,
    result,
    since,
    transfer: await transferEvidence(ctx, { project: row.project, fit: result }),
    reproduced: isSameLaw(again, result),
  };
}
