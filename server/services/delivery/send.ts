import { eq } from "drizzle-orm";
import { type channels, teams } from "@/db/schema";
import type { Context } from "@/server/context";
import { post, signatureOf } from "@/server/outgoing";
import { happenedTo, type NamedEvent, subjectOf } from "../notification/internal";

type Channel = typeof channels.$inferSelect;

/** Errors: why the channel did not take it, in one line. */
export async function sendEvent(
  channel: Channel,
  { deliveryId, team, event }: { deliveryId: string; team: string; event: NamedEvent },
): Promise<void> {
  const { kind, id, name, path } = subjectOf(event);
  const url = addressOf(`${team}/${path}`);
  const words = happenedTo(event);
  if (channel.type === "slack") return sendSlack(channel, `${slackLink(url, name)} ${slackText(words)}`);
  const { project, actor, detail } = event;
  await sendWebhook(channel, deliveryId, {
    ...{ id: event.id, kind: event.kind, at: event.at.toISOString(), team, project, actor },
    subject: { kind, id, name, url },
    ...{ words: `${name} ${words}`, detail },
  });
}

/** Sends a message that tells nothing; resolves to why it was not taken, or null. */
export async function sendTest(ctx: Context, channel: Channel): Promise<string | null> {
  const [row] = await ctx.db.select({ slug: teams.slug }).from(teams).where(eq(teams.id, ctx.teamId));
  const team = row!.slug;
  const words = `A test of the channel “${channel.name}”.`;
  const url = addressOf(`${team}/settings/notifications`);
  const id = crypto.randomUUID();
  try {
    if (channel.type === "slack") await sendSlack(channel, `${slackText(words)} ${slackLink(url, "Settings")}`);
    else await sendWebhook(channel, id, { id, kind: "test", at: ctx.now().toISOString(), team, words });
    return null;
  } catch (e) {
    return (e as Error).message;
  }
}

async function sendSlack({ url }: Channel, text: string): Promise<void> {
  await post(url, { body: JSON.stringify({ text }), headers: { "content-type": "application/json" } });
}

async function sendWebhook(channel: Channel, deliveryId: string, content: Record<string, unknown>): Promise<void> {
  const body = JSON.stringify(content);
  const timestamp = Math.floor(Date.now() / 1_000);
  await post(channel.url, {
    body,
    headers: {
      "content-type": "application/json",
      "etalon-delivery": deliveryId,
      "etalon-timestamp": String(timestamp),
      "etalon-signature": signatureOf(channel.secret ?? "", timestamp, body),
    },
  });
}

/** A page of this server. */
export function addressOf(path: string): string {
  return `${process.env.AUTH_URL ?? ""}/${path}`;
}

function slackLink(url: string, name: string): string {
  return `<${url}|${slackText(name).replaceAll("|", "/")}>`;
}

/** Slack reads these three as its own. */
function slackText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
