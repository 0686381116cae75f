import { z } from "zod";
import { projectMappings } from "@/db/schema";
import { isDimension } from "@/lib/dimensions";
import { authorise, type Context } from "@/server/context";
import { recordAudit } from "../audit";
import { announce } from "../event";
import { resolveProject } from "../project";
import { mapRuns, storeDimensions } from "./apply";

export const mappingInput = z.strictObject({
  project: z.string(),
  mapping: z
    .record(z.string(), z.string().trim().min(1).max(1_000))
    .refine((m) => Object.keys(m).every(isDimension), { message: "has a key that is no dimension" }),
});

/** Keeps the project's mapping and derives the dimensions of all its foreign runs by it; later runs follow on arrival. */
export async function saveMapping(ctx: Context, input: z.input<typeof mappingInput>) {
  authorise(ctx, "write");
  const { project: slug, mapping } = mappingInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const updatedBy = ctx.actor.kind === "user" ? ctx.actor.userId : null;
  const changed = await ctx.db.transaction(async (tx) => {
    const inside = { ...ctx, db: tx };
    await tx
      .insert(projectMappings)
      .values({ projectId: project.id, teamId: ctx.teamId, mapping, updatedBy, updatedAt: ctx.now() })
      .onConflictDoUpdate({ target: projectMappings.projectId, set: { mapping, updatedBy, updatedAt: ctx.now() } });
    await recordAudit(ctx, { action: "mapping.save", subject: project.id, detail: { mapping } }, tx);
    return storeDimensions(inside, await mapRuns(inside, project.id, mapping));
  });
  await announce(ctx.db, [{ teamId: ctx.teamId, projectId: project.id, kind: "run", id: project.id }]);
  return { runs: changed };
}
