import { and, eq } from "drizzle-orm";
import { channels } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { sendTest } from "../delivery/internal";

/** Sends a channel a message now, once; `error` says why it was not taken. */
export async function testChannel(ctx: Context, input: { id: string }): Promise<{ error: string | null }> {
  authorise(ctx, "write");
  const [channel] = await ctx.db
    .select()
    .from(channels)
    .where(and(eq(channels.teamId, ctx.teamId), eq(channels.id, input.id)));
  if (!channel) throw notFound("channel", input.id);
  return { error: await sendTest(ctx, channel) };
}
