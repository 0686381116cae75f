import { eq } from "drizzle-orm";
import { z } from "zod";
import { teams } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";

export const teamSettingsInput = z.strictObject({
  /** Whether a run for a project that is not there makes it. */
  makesProjects: z.boolean(),
});

export async function getTeamSettings(ctx: Context): Promise<z.infer<typeof teamSettingsInput>> {
  authorise(ctx, "read");
  const [row] = await ctx.db.select({ makesProjects: teams.makesProjects }).from(teams).where(eq(teams.id, ctx.teamId));
  return row!;
}

export async function saveTeamSettings(ctx: Context, input: z.input<typeof teamSettingsInput>): Promise<void> {
  authorise(ctx, "own");
  const settings = teamSettingsInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    await ctx.db.update(teams).set(settings).where(eq(teams.id, ctx.teamId));
    await recordAudit(ctx, { action: "team.settings", subject: ctx.teamId, detail: settings });
  });
}
