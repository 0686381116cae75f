import { and, desc, eq } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { tableImports, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";

const SHOWN = 200;

/** The newest imports of results tables into a project, with who made and who undid them. */
export async function listImports(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const undoer = alias(users, "undoer");
  return ctx.db
    .select({
      id: tableImports.id,
      file: tableImports.file,
      created: tableImports.created,
      updated: tableImports.updated,
      unchanged: tableImports.unchanged,
      skipped: tableImports.skipped,
      by: users.name,
      at: tableImports.createdAt,
      undoneBy: undoer.name,
      undoneAt: tableImports.undoneAt,
    })
    .from(tableImports)
    .leftJoin(users, eq(users.id, tableImports.createdBy))
    .leftJoin(undoer, eq(undoer.id, tableImports.undoneBy))
    .where(and(eq(tableImports.teamId, ctx.teamId), eq(tableImports.projectId, project.id)))
    .orderBy(desc(tableImports.createdAt))
    .limit(SHOWN);
}
