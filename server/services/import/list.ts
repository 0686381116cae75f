import { and, desc, eq } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { imports, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";

const SHOWN = 200;

/** The newest imports into a project, with who made and who undid them. */
export async function listImports(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const undoer = alias(users, "undoer");
  return ctx.db
    .select({
      id: imports.id,
      file: imports.file,
      created: imports.created,
      updated: imports.updated,
      unchanged: imports.unchanged,
      skipped: imports.skipped,
      by: users.name,
      at: imports.createdAt,
      undoneBy: undoer.name,
      undoneAt: imports.undoneAt,
    })
    .from(imports)
    .leftJoin(users, eq(users.id, imports.createdBy))
    .leftJoin(undoer, eq(undoer.id, imports.undoneBy))
    .where(and(eq(imports.teamId, ctx.teamId), eq(imports.projectId, project.id)))
    .orderBy(desc(imports.createdAt))
    .limit(SHOWN);
}
