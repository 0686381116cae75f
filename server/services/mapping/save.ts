import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { projectMappings } from "@/db/schema";
import { fieldCalled, type Mapping, readMapping } from "@/lib/mapping";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";
import { mapRuns, storeDimensions } from "./apply";

export const mappingInput = z.strictObject({
  project: z.string(),
  mapping: z
    .record(z.string(), z.string().trim().min(1).max(1_000))
    .refine((m) => Object.keys(m).every((name) => fieldCalled(name) !== null), {
      message: "has a key that is no dimension",
    })
    .transform(readMapping),
});

/**
 * Keeps the project's mapping and derives the dimensions of all its foreign runs by it; later runs follow on arrival.
 */
export async function saveMapping(ctx: Context, input: z.input<typeof mappingInput>) {
  authorise(ctx, "write");
  const { project: slug, mapping } = mappingInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const updatedBy = userOf(ctx);
  const set = { mapping, updatedBy, updatedAt: ctx.now(), applied: false };
  await inTransaction(ctx, async (ctx) => {
    await ctx.db
      .insert(projectMappings)
      .values({ projectId: project.id, teamId: ctx.teamId, ...set })
      .onConflictDoUpdate({ target: projectMappings.projectId, set });
    await recordAudit(ctx, { action: "mapping.save", subject: project.id, detail: { mapping } });
  });
  return { runs: await apply(ctx, project.id, mapping, set.updatedAt) };
}

/** Mappings that were saved by a process that ended before it had derived all dimensions. */
export async function resumeMappings(ctx: Context, log: (line: string) => void): Promise<void> {
  const waiting = await ctx.db.select().from(projectMappings).where(eq(projectMappings.applied, false));
  for (const { projectId, teamId, mapping, updatedAt } of waiting) {
    await apply({ ...ctx, teamId }, projectId, readMapping(mapping), updatedAt).catch((e: Error) =>
      log(`the mapping of project ${projectId} is not applied: ${e.message}; save it again`),
    );
  }
}

/**
 * Some thousand runs a transaction, so that nobody who stores points waits for the whole of a large project. Ends early
 * where another mapping has been saved since: that one is applied to all.
 */
async function apply(ctx: Context, projectId: string, mapping: Mapping, savedAt: Date): Promise<number> {
  const mine = and(eq(projectMappings.projectId, projectId), eq(projectMappings.updatedAt, savedAt));
  let changed = 0;
  for await (const part of mapRuns(ctx, projectId, mapping)) {
    const isCurrent = await inTransaction(ctx, async (ctx) => {
      const [saved] = await ctx.db
        .select({ id: projectMappings.projectId })
        .from(projectMappings)
        .where(mine)
        .for("share");
      if (saved) await storeDimensions(ctx, part);
      return saved !== undefined;
    });
    if (!isCurrent) break;
    changed += part.length;
  }
  await ctx.db.update(projectMappings).set({ applied: true }).where(mine);
  await announce(ctx, [{ projectId, kind: "run", id: projectId }]);
  return changed;
}
