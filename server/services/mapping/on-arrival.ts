import type { Context } from "@/server/context";
import { mapRuns, storeDimensions } from "./apply";
import { storedMapping } from "./get";

/** Derives the dimensions of a run that has just come in, where its project has a mapping. */
export async function mapOnArrival(ctx: Context, run: { id: string; projectId: string }): Promise<void> {
  const mapping = await storedMapping(ctx, run.projectId);
  if (!mapping) return;
  for await (const part of mapRuns(ctx, run.projectId, mapping, [run.id])) await storeDimensions(ctx, part);
}
