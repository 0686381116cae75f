import { and, eq } from "drizzle-orm";
import { channels } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";

/** Removes a channel; what waits for it is not sent. */
export async function removeChannel(ctx: Context, input: { id: string }): Promise<void> {
  authorise(ctx, "write");
  await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .delete(channels)
      .where(and(eq(channels.teamId, ctx.teamId), eq(channels.id, input.id)))
      .returning({ name: channels.name });
    if (!row) throw notFound("channel", input.id);
    await recordAudit(ctx, { action: "channel.remove", subject: input.id, detail: { name: row.name } });
  });
}
