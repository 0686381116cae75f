import { z } from "zod";
import { apiKeys, SCOPES } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";
import { readExpiry } from "./expiry";
import { requestsPerMinute } from "./limit";
import { newSecret } from "./secret";
import { SCOPES_OF } from "./state";

export const createApiKeyInput = z.strictObject({
  name: z.string().trim().min(1, "give the key a name").max(100),
  scopes: z.array(z.enum(SCOPES)).min(1, "choose at least one scope"),
  /** `90d` or a day, 2027-01-31; null for never. */
  expires: z.string().max(20).nullable().default(null),
  /** Slugs of the projects that it is limited to; null for all of the team, those to come too. */
  projects: z.array(z.string().max(63)).min(1, "choose at least one project, or all").max(100).nullable().default(null),
  /** The team's instead of its maker's; without a person as its maker always. */
  service: z.boolean().default(false),
  requestsPerMinute: requestsPerMinute.optional(),
});

/** Makes a key and returns it; this is the only time it can be read. */
export async function createApiKey(ctx: Context, input: z.input<typeof createApiKeyInput>) {
  authorise(ctx, "keys");
  const asked = createApiKeyInput.parse(input);
  requireAllowed(ctx, asked);
  const expiresAt = asked.expires === null ? null : readExpiry(asked.expires, ctx.now());
  const { key, stored } = newSecret();
  const createdBy = userOf(ctx);
  const { name, scopes } = asked;
  const service = asked.service || createdBy === null;
  return inTransaction(ctx, async (ctx) => {
    const projects = asked.projects && [...new Set(asked.projects)];
    const ids = projects && (await Promise.all(projects.map(async (slug) => (await resolveProject(ctx, slug)).id)));
    const limit = asked.requestsPerMinute;
    const [row] = await ctx.db
      .insert(apiKeys)
      .values({
        ...{ teamId: ctx.teamId, name, scopes, ...stored, expiresAt, projects: ids, service },
        ...{ requestsPerMinute: limit, createdBy, createdAt: ctx.now() },
      })
      .returning({ id: apiKeys.id, requestsPerMinute: apiKeys.requestsPerMinute });
    const about = { name, scopes, expiresAt, projects, service, requestsPerMinute: row!.requestsPerMinute };
    await recordAudit(ctx, { action: "api-key.create", subject: row!.id, detail: about });
    return { id: row!.id, ...about, key };
  });
}

/** Errors: `invalid` for what no key can be, `forbidden` for what only an owner may make. */
function requireAllowed({ actor }: Context, asked: z.output<typeof createApiKeyInput>): void {
  if (asked.projects && asked.scopes.includes("work")) {
    const message = "a key that is limited to projects cannot have the scope work: workers train for all of them";
    throw new EtalonError("invalid", message, [{ field: "scopes", message }]);
  }
  if (actor.kind !== "user" || actor.role === "owner") return;
  const over = asked.scopes.find((scope) => !SCOPES_OF[actor.role].includes(scope));
  if (over) throw new EtalonError("forbidden", `only an owner of the team makes a key of scope "${over}"`);
  if (asked.service) throw new EtalonError("forbidden", "only an owner makes a key that is the team's");
  if (asked.requestsPerMinute !== undefined)
    throw new EtalonError("forbidden", "only an owner says how many requests a minute a key may send");
}
