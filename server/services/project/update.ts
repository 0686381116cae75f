import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { projects } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "./get";

export const updateProjectInput = z.strictObject({
  slug: z.string(),
  name: z.string().trim().min(1).max(100).optional(),
  question: z.string().max(500).optional(),
});

export async function updateProject(ctx: Context, input: z.input<typeof updateProjectInput>) {
  authorise(ctx, "write");
  const { slug, ...set } = updateProjectInput.parse(input);
  if (Object.values(set).every((value) => value === undefined)) return resolveProject(ctx, slug);
  return inTransaction(ctx, async (ctx) => {
    const { id } = await resolveProject(ctx, slug);
    const [row] = await ctx.db
      .update(projects)
      .set(set)
      .where(and(eq(projects.teamId, ctx.teamId), eq(projects.id, id)))
      .returning();
    if (!row) throw notFound("project", slug);
    await recordAudit(ctx, { action: "project.update", subject: row.id, detail: set });
    return row;
  });
}
