import { and, eq } from "drizzle-orm";
import { reports } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";

/** Deletes a report for good. */
export async function removeReport(ctx: Context, input: { id: string }) {
  authorise(ctx, "write");
  await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .delete(reports)
      .where(and(eq(reports.teamId, ctx.teamId), eq(reports.id, input.id)))
      .returning({ title: reports.title });
    if (!row) throw notFound("report", input.id);
    await recordAudit(ctx, { action: "report.remove", subject: input.id, detail: { title: row.title } });
  });
}
