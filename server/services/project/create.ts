import { z } from "zod";
import { projects } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, reachOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";

export const createProjectInput = z.strictObject({
  name: z.string().trim().min(1, "give the project a name").max(100),
  slug: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "use lower-case letters, digits and hyphens")
    .optional(),
  question: z.string().max(500).default(""),
});

/** Pages of the team live beside its projects, so a project cannot have their names. */
const RESERVED = new Set(["recommendations", "settings", "workers"]);

/** Makes a project; without a slug one is made from the name. */
export async function createProject(ctx: Context, input: z.input<typeof createProjectInput>) {
  authorise(ctx, "write");
  if (reachOf(ctx).only) throw new EtalonError("forbidden", "this API key is limited to projects and makes no new one");
  const { name, slug = slugOf(name), question } = createProjectInput.parse(input);
  if (RESERVED.has(slug)) {
    const message = `"${slug}" is the address of a page; choose another name`;
    throw new EtalonError("invalid", message, [{ field: "slug", message }]);
  }
  return inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .insert(projects)
      .values({ teamId: ctx.teamId, name, slug, question, createdAt: ctx.now() })
      .onConflictDoNothing()
      .returning();
    if (!row)
      throw new EtalonError("conflict", `the team has a project "${slug}" already`, [{ field: "slug", message: slug }]);
    await recordAudit(ctx, { action: "project.create", subject: row.id, detail: { slug } });
    return row;
  });
}

function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
  return slug || `project-${crypto.randomUUID().slice(0, 8)}`;
}
