import type { Db } from "@/db/client";
import type { Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { mapRuns, storeDerived } from "./apply";
import { storedMapping, storedRules } from "./get";

/**
 * Writes a run and derives what its config says: its recipe where `config` says that the config changes, and its
 * dimensions where the project has a mapping. Both or neither. Where there is neither there is no transaction: with
 * many runs at once each would hold a connection.
 */
export async function writeMapped<T extends { id: string } | undefined>(
  ctx: Context,
  projectId: string,
  { config }: { config: boolean },
  write: (db: Db) => Promise<T>,
): Promise<T> {
  if (!config && !(await storedMapping(ctx, projectId))) {
    const row = await write(ctx.db);
    // One may have been saved meanwhile.
    if (row && (await storedMapping(ctx, projectId))) await deriveOnArrival(ctx, { id: row.id, projectId });
    return row;
  }
  return inTransaction(ctx, async (ctx) => {
    const row = await write(ctx.db);
    if (row) await deriveOnArrival(ctx, { id: row.id, projectId });
    return row;
  });
}

async function deriveOnArrival(ctx: Context, run: { id: string; projectId: string }): Promise<void> {
  // Who saves other rules meanwhile waits, and then finds the run.
  const rules = await storedRules(ctx, run.projectId, "hold");
  for await (const part of mapRuns(ctx, run.projectId, rules, { ids: [run.id] })) await storeDerived(ctx, rules, part);
}
