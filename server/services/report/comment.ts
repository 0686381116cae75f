import { and, asc, eq } from "drizzle-orm";
import { z } from "zod";
import { reportComments, users } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { getReport } from "./get";

export const commentOnReportInput = z.strictObject({
  id: z.uuid(),
  body: z.string().trim().min(1, "write something").max(5_000),
});

/** Adds a comment; comments are never changed. */
export async function commentOnReport(ctx: Context, input: z.input<typeof commentOnReportInput>): Promise<void> {
  authorise(ctx, "write");
  const { id, body } = commentOnReportInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    await getReport(ctx, { id }); // not_found where the team has none
    await ctx.db
      .insert(reportComments)
      .values({ teamId: ctx.teamId, reportId: id, authorId: userOf(ctx), body, createdAt: ctx.now() });
    await recordAudit(ctx, { action: "report.comment", subject: id });
  });
}

/** What was said about a report, the first first. */
export async function reportCommentsOf(ctx: Context, input: { id: string }) {
  authorise(ctx, "read");
  await getReport(ctx, input);
  return ctx.db
    .select({
      id: reportComments.id,
      body: reportComments.body,
      author: users.name,
      createdAt: reportComments.createdAt,
    })
    .from(reportComments)
    .leftJoin(users, eq(users.id, reportComments.authorId))
    .where(and(eq(reportComments.teamId, ctx.teamId), eq(reportComments.reportId, input.id)))
    .orderBy(asc(reportComments.createdAt));
}
