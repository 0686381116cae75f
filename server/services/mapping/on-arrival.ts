import type { Context } from "@/server/context";
import { mapRuns, storeDimensions } from "./apply";
import { storedMapping } from "./get";

/** Derives the dimensions of a run that has just come in, where its project has a mapping. */
export async function mapOnArrival(ctx: Context, run: { id: string; projectId: string }): Promise<void> {
  // Who saves another mapping meanwhile waits, and then finds the run.
  const mapping = await storedMapping(ctx, run.projectId, "hold");
  if (!mapping) return;
  for await (const part of mapRuns(ctx, run.projectId, mapping, [run.id])) await storeDimensions(ctx, part);
}
