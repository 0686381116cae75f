import { and, asc, eq } from "drizzle-orm";
import { z } from "zod";
import { importPatterns } from "@/db/schema";
import { patternProblem } from "@/lib/import";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";

const line = z
  .string()
  .trim()
  .min(1)
  .superRefine((text, context) => {
    const message = patternProblem(text);
    if (message !== null) context.addIssue({ code: "custom", message });
  });

export const savePatternInput = z.strictObject({
  project: z.string(),
  name: z.string().trim().min(1).max(100),
  lines: z
    .array(line)
    .min(1)
    .max(20)
    .refine((lines) => lines.some((text) => text.includes("{step}")), "one line must say the step: {step}"),
});

/** The patterns of a project's logs, by name. */
export async function listPatterns(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  return ctx.db
    .select({ id: importPatterns.id, name: importPatterns.name, lines: importPatterns.lines })
    .from(importPatterns)
    .where(and(eq(importPatterns.teamId, ctx.teamId), eq(importPatterns.projectId, project.id)))
    .orderBy(asc(importPatterns.name));
}

/** Keeps a pattern; one of the same name is replaced. */
export async function savePattern(ctx: Context, input: z.input<typeof savePatternInput>): Promise<{ id: string }> {
  authorise(ctx, "write");
  const { project: slug, name, lines } = savePatternInput.parse(input);
  const project = await resolveProject(ctx, slug);
  return inTransaction(ctx, async (ctx) => {
    const set = { lines, createdBy: userOf(ctx), createdAt: ctx.now() };
    const [row] = await ctx.db
      .insert(importPatterns)
      .values({ teamId: ctx.teamId, projectId: project.id, name, ...set })
      .onConflictDoUpdate({ target: [importPatterns.projectId, importPatterns.name], set })
      .returning({ id: importPatterns.id });
    await recordAudit(ctx, { action: "pattern.save", subject: row!.id, detail: { name, lines } });
    return row!;
  });
}

/** Errors: `not_found` for a pattern of another team. */
export async function deletePattern(ctx: Context, input: { id: string }): Promise<void> {
  authorise(ctx, "write");
  await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .delete(importPatterns)
      .where(and(eq(importPatterns.teamId, ctx.teamId), eq(importPatterns.id, input.id)))
      .returning({ name: importPatterns.name });
    if (!row) throw notFound("pattern", input.id);
    await recordAudit(ctx, { action: "pattern.delete", subject: input.id, detail: row });
  });
}
