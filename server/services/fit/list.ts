import { desc, eq, sql } from "drizzle-orm";
import { fits } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";

/** The project's stored fits, newest first, without their results. */
export async function listFits(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  return ctx.db
    .select({
      id: fits.id,
      name: fits.name,
      createdAt: fits.createdAt,
      inputHash: fits.inputHash,
      form: sql<string>`${fits.settings}->>'form'`,
      runs: sql<number>`cardinality(${fits.runIds})`.mapWith(Number),
    })
    .from(fits)
    .where(eq(fits.projectId, project.id))
    .orderBy(desc(fits.createdAt));
}
