import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { reports } from "@/db/schema";
import { recordAuditOnce } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { getReport } from "./get";

export const saveReportInput = z.strictObject({
  id: z.uuid(),
  title: z.string().trim().min(1, "give the report a title").max(200),
  body: z.string().max(200_000),
  /** When the text that was edited had been saved: nobody overwrites what she has not seen. */
  basedOn: z.date().max(new Date("9999-12-31")),
});

/**
 * Text is saved whenever the typing pauses: what one person saves of a report within this time is one line of the audit
 * log.
 */
const SPELL_MS = 10 * 60_000;

/** Stores the text of a report; `conflict` where somebody else has saved it meanwhile. */
export async function saveReport(ctx: Context, input: z.input<typeof saveReportInput>) {
  authorise(ctx, "write");
  const { id, title, body, basedOn } = saveReportInput.parse(input);
  // Two texts never have the same time, however fast they follow each other.
  const updatedAt = new Date(Math.max(ctx.now().getTime(), basedOn.getTime() + 1));
  return inTransaction(ctx, async (ctx) => {
    const saved = await ctx.db
      .update(reports)
      .set({ title, body, updatedAt })
      .where(and(eq(reports.teamId, ctx.teamId), eq(reports.id, id), eq(reports.updatedAt, basedOn)))
      .returning({ id: reports.id });
    if (saved.length === 0) {
      await getReport(ctx, { id }); // not_found where the team has none
      throw new EtalonError("conflict", "somebody has saved this report since you opened it; nothing was overwritten");
    }
    await recordAuditOnce(ctx, { action: "report.save", subject: id }, SPELL_MS);
    return { updatedAt };
  });
}
