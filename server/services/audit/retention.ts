import { eq } from "drizzle-orm";
import type postgres from "postgres";
import { z } from "zod";
import { teams } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { inBackground } from "@/server/background";
import { authorise, type Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";

/** Null keeps lines for ever. */
export const auditRetentionInput = z.strictObject({ days: z.int().min(30).max(3_650).nullable() });

export async function getAuditRetention(ctx: Context): Promise<{ days: number | null }> {
  authorise(ctx, "own");
  const [row] = await ctx.db.select({ days: teams.auditDays }).from(teams).where(eq(teams.id, ctx.teamId));
  return row!;
}

/** For how many days lines of the audit log are kept; older ones are deleted within the hour. */
export async function saveAuditRetention(ctx: Context, input: z.input<typeof auditRetentionInput>): Promise<void> {
  authorise(ctx, "own");
  const { days } = auditRetentionInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    await ctx.db.update(teams).set({ auditDays: days }).where(eq(teams.id, ctx.teamId));
    await recordAudit(ctx, { action: "audit.retention", subject: ctx.teamId, detail: { days } });
  });
}

const EVERY_MS = 3_600_000;
const ROWS_A_STATEMENT = 5_000;

/** Deletes lines that are older than their team keeps them, until the returned function is called. */
export function startAuditExpiry({ sql }: { sql: postgres.Sql }, log: (line: string) => void): () => Promise<void> {
  const pass = async () => (await expireAudit(sql)) > 0;
  return inBackground(pass, { everyMs: EVERY_MS, failure: "audit log not shortened", log }).stop;
}

/** Some lines that are too old; how many. */
export async function expireAudit(sql: postgres.Sql): Promise<number> {
  const { count } = await sql`
    delete from audit_log where id = any(array(
      select l.id from teams t join audit_log l on l.team_id = t.id
        and l.at < now() - make_interval(days => t.audit_days)
      where t.audit_days is not null limit ${ROWS_A_STATEMENT}))`;
  return count;
}
