import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { reports } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { recordAudit } from "../audit";
import { getReport } from "./get";

export const saveReportInput = z.strictObject({
  id: z.uuid(),
  title: z.string().trim().min(1, "give the report a title").max(200),
  body: z.string().max(200_000),
  /** When the text that was edited had been saved: nobody overwrites what she has not seen. */
  basedOn: z.date(),
});

/** Stores the text of a report; `conflict` where somebody else has saved it meanwhile. */
export async function saveReport(ctx: Context, input: z.input<typeof saveReportInput>) {
  authorise(ctx, "write");
  const { id, title, body, basedOn } = saveReportInput.parse(input);
  const updatedAt = ctx.now();
  const current = await getReport(ctx, { id });
  if (current.updatedAt.getTime() !== basedOn.getTime())
    throw new EtalonError(
      "conflict",
      "somebody has saved this report since you opened it; reload it to see the change",
    );
  await ctx.db
    .update(reports)
    .set({ title, body, updatedAt })
    .where(and(eq(reports.teamId, ctx.teamId), eq(reports.id, id)));
  await recordAudit(ctx, { action: "report.save", subject: id });
  return { updatedAt };
}
