import { z } from "zod";
import { sharedLinks } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { columnOf, projectOf, shareable } from "./what";

const DAY_MS = 86_400_000;

export const createSharedLinkInput = z.strictObject({
  of: shareable,
  /** Null: whoever has the address. */
  people: z
    .array(z.email("is no e-mail address").max(320).toLowerCase())
    .min(1, "name at least one address, or open it to everybody who has the link")
    .max(100)
    .nullable()
    .default(null),
  /** Null: until it is revoked. */
  days: z.int().min(1).max(3_650).nullable().default(null),
});

/** Gives a published recommendation or a report a read-only address for people outside the team. */
export async function createSharedLink(ctx: Context, input: z.input<typeof createSharedLinkInput>) {
  authorise(ctx, "write");
  const { of, people, days } = createSharedLinkInput.parse(input);
  return inTransaction(ctx, async (ctx) => {
    const projectId = await projectOf(ctx, of);
    const now = ctx.now();
    const link = {
      ...{ teamId: ctx.teamId, projectId, key: newKey(), createdBy: userOf(ctx), createdAt: now },
      people: people && [...new Set(people)],
      expiresAt: days === null ? null : new Date(now.getTime() + days * DAY_MS),
    };
    const [row] = await ctx.db
      .insert(sharedLinks)
      .values({ ...link, ...columnOf(of) })
      .returning({ id: sharedLinks.id, key: sharedLinks.key, expiresAt: sharedLinks.expiresAt });
    const detail = { link: row!.id, people: link.people, expiresAt: link.expiresAt };
    await recordAudit(ctx, { action: `${of.kind}.share`, subject: of.id, detail });
    return row!;
  });
}

/** 192 random bits: an address that cannot be guessed. */
function newKey(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url");
}
