import type { Db } from "@/db/client";
import type { Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { mapRuns, storeDimensions } from "./apply";
import { storedMapping } from "./get";

/**
 * Writes a run and derives its dimensions where its project has a mapping, both or neither. Without one there is no
 * transaction: with many runs at once each would hold a connection.
 */
export async function writeMapped<T extends { id: string } | undefined>(
  ctx: Context,
  projectId: string,
  write: (db: Db) => Promise<T>,
): Promise<T> {
  if (!(await storedMapping(ctx, projectId))) {
    const row = await write(ctx.db);
    if (row) await mapOnArrival(ctx, { id: row.id, projectId }); // one may have been saved meanwhile
    return row;
  }
  return inTransaction(ctx, async (ctx) => {
    const row = await write(ctx.db);
    if (row) await mapOnArrival(ctx, { id: row.id, projectId });
    return row;
  });
}

async function mapOnArrival(ctx: Context, run: { id: string; projectId: string }): Promise<void> {
  // Who saves another mapping meanwhile waits, and then finds the run.
  const mapping = await storedMapping(ctx, run.projectId, "hold");
  if (!mapping) return;
  for await (const part of mapRuns(ctx, run.projectId, mapping, [run.id])) await storeDimensions(ctx, part);
}
