import { randomBytes } from "node:crypto";
import { count, eq } from "drizzle-orm";
import { z } from "zod";
import { CHANNEL_TYPES, channels } from "@/db/schema";
import { NOTIFICATION_KINDS } from "@/lib/notification";
import { oneLine } from "@/lib/protocol";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";

export const kindsOfChannel = z
  .array(z.enum(NOTIFICATION_KINDS))
  .min(1, "choose at least one kind of event")
  .max(NOTIFICATION_KINDS.length);

const address = z
  .url({ protocol: /^https?$/, error: "is not an address that begins with https:// or http://" })
  .max(2_000)
  .refine((text) => {
    if (!URL.canParse(text)) return true; // which is said already
    const { username, password } = new URL(text);
    return username === "" && password === "";
  }, "may not hold a name or password before its host: requests are signed instead");

export const createChannelInput = z.strictObject({
  type: z.enum(CHANNEL_TYPES),
  name: oneLine("give the channel a name"),
  url: address,
  /** Slug; null for the events of all projects. */
  project: z.string().max(63).nullable().default(null),
  kinds: kindsOfChannel,
});

/** Each event is sent to all of them. */
const MOST_OF_A_TEAM = 50;

/** Makes a channel; a webhook's secret is returned, and this is the only time it can be read. */
export async function createChannel(ctx: Context, input: z.input<typeof createChannelInput>) {
  authorise(ctx, "write");
  const { type, name, url, project: slug, kinds } = createChannelInput.parse(input);
  const project = slug === null ? null : await resolveProject(ctx, slug);
  const secret = type === "webhook" ? `etalon_whsec_${randomBytes(32).toString("base64url")}` : null;
  return inTransaction(ctx, async (ctx) => {
    const [known] = await ctx.db.select({ n: count() }).from(channels).where(eq(channels.teamId, ctx.teamId));
    if (known!.n >= MOST_OF_A_TEAM)
      throw new EtalonError("conflict", `a team may have ${MOST_OF_A_TEAM} channels; remove one first`);
    const row = { teamId: ctx.teamId, projectId: project?.id ?? null, type, name, url, secret, kinds };
    const [made] = await ctx.db
      .insert(channels)
      .values({ ...row, createdBy: userOf(ctx), createdAt: ctx.now() })
      .returning({ id: channels.id });
    const detail = { type, name, project: slug, kinds, host: new URL(url).host };
    await recordAudit(ctx, { action: "channel.create", subject: made!.id, detail });
    return { id: made!.id, secret };
  });
}
