import { and, eq } from "drizzle-orm";
import { sharedLinks } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";

/** Ends an address for good. */
export async function revokeSharedLink(ctx: Context, input: { id: string }): Promise<void> {
  authorise(ctx, "write");
  await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .delete(sharedLinks)
      .where(and(eq(sharedLinks.teamId, ctx.teamId), eq(sharedLinks.id, input.id)))
      .returning();
    if (!row) throw notFound("shared link", input.id);
    const kind = row.reportId ? "report" : "recommendation";
    const subject = (row.reportId ?? row.recommendationId)!;
    await recordAudit(ctx, { action: `${kind}.unshare`, subject, detail: { link: row.id } });
  });
}
