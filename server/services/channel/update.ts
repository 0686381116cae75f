import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { channels } from "@/db/schema";
import { oneLine } from "@/lib/protocol";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { kindsOfChannel } from "./create";

export const updateChannelInput = z.strictObject({
  id: z.uuid(),
  name: oneLine("give the channel a name"),
  kinds: kindsOfChannel,
});

/** Changes what a channel is called and told of. Another address is another channel, with a secret of its own. */
export async function updateChannel(ctx: Context, input: z.input<typeof updateChannelInput>): Promise<void> {
  authorise(ctx, "write");
  const { id, name, kinds } = updateChannelInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    const rows = await ctx.db
      .update(channels)
      .set({ name, kinds })
      .where(and(eq(channels.teamId, ctx.teamId), eq(channels.id, id)))
      .returning({ id: channels.id });
    if (rows.length === 0) throw notFound("channel", id);
    await recordAudit(ctx, { action: "channel.update", subject: id, detail: { name, kinds } });
  });
}
