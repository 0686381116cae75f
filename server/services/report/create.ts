import { z } from "zod";
import { reports } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";

export const createReportInput = z.strictObject({
  project: z.string(),
  title: z.string().trim().min(1, "give the report a title").max(200),
});

/** Begins an empty report. */
export async function createReport(ctx: Context, input: z.input<typeof createReportInput>) {
  authorise(ctx, "write");
  const { project: slug, title } = createReportInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const createdBy = userOf(ctx);
  const at = ctx.now();
  return inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .insert(reports)
      .values({ teamId: ctx.teamId, projectId: project.id, title, createdBy, createdAt: at, updatedAt: at })
      .returning({ id: reports.id });
    await recordAudit(ctx, { action: "report.create", subject: row!.id, detail: { title } });
    return { id: row!.id };
  });
}
