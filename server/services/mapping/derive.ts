import { and, eq } from "drizzle-orm";
import { projectMappings } from "@/db/schema";
import type { Context } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { mapRuns, type Rules, storeDerived } from "./apply";
import { rulesOf } from "./get";

/**
 * Derives dimensions and recipes of a project's runs by the rules that were saved at a time: some thousand runs a
 * transaction, so that nobody who stores points waits for the whole of a large project. Ends early where others have
 * been saved since: those are applied to all. Resolves to how many runs were read.
 */
export async function deriveAll(ctx: Context, projectId: string, rules: Rules, savedAt: Date): Promise<number> {
  const mine = and(eq(projectMappings.projectId, projectId), eq(projectMappings.updatedAt, savedAt));
  let derived = 0;
  for await (const part of mapRuns(ctx, projectId, rules)) {
    const isCurrent = await inTransaction(ctx, async (ctx) => {
      const [saved] = await ctx.db
        .select({ id: projectMappings.projectId })
        .from(projectMappings)
        .where(mine)
        .for("share");
      if (saved) await storeDerived(ctx, rules, part);
      return saved !== undefined;
    });
    if (!isCurrent) break;
    derived += part.length;
  }
  await ctx.db.update(projectMappings).set({ applied: true }).where(mine);
  await announce(ctx, [{ projectId, kind: "run", id: projectId }]);
  return derived;
}

/** Rules that were saved by a process that ended before it had derived all, or that an upgrade brought. */
export async function resumeMappings(ctx: Context, log: (line: string) => void): Promise<void> {
  const waiting = await ctx.db.select().from(projectMappings).where(eq(projectMappings.applied, false));
  for (const { projectId, teamId, updatedAt, ...row } of waiting) {
    await deriveAll({ ...ctx, teamId }, projectId, rulesOf(row), updatedAt).catch((e: Error) =>
      log(`the mapping of project ${projectId} is not applied: ${e.message}; save it again`),
    );
  }
}
