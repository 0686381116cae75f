import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { recommendations, reports } from "@/db/schema";
import type { Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";

/** What can be given an address of its own. */
export const shareable = z.strictObject({ kind: z.enum(["recommendation", "report"]), id: z.uuid() });
export type Shareable = z.output<typeof shareable>;

/** Its project. Errors: `not_found`; `conflict` for a draft, which is nobody's advice yet. */
export async function projectOf(ctx: Context, { kind, id }: Shareable): Promise<string> {
  if (kind === "report") {
    const [row] = await ctx.db
      .select({ projectId: reports.projectId })
      .from(reports)
      .where(and(eq(reports.teamId, ctx.teamId), eq(reports.id, id)));
    if (!row) throw notFound("report", id);
    return row.projectId;
  }
  const [row] = await ctx.db
    .select({ projectId: recommendations.projectId, state: recommendations.state })
    .from(recommendations)
    .where(and(eq(recommendations.teamId, ctx.teamId), eq(recommendations.id, id)));
  if (!row) throw notFound("recommendation", id);
  if (row.state === "draft")
    throw new EtalonError("conflict", "a draft is nobody's advice yet; publish it before giving it an address");
  return row.projectId;
}

export const columnOf = ({ kind, id }: Shareable) =>
  kind === "report" ? { reportId: id } : ({ recommendationId: id } as const);
