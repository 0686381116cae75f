import { eq } from "drizzle-orm";
import { projects } from "@/db/schema";
import type { Context } from "@/server/context";
import { runPoints } from "../run";
import { tellOptimaAtEdge } from "./edges";
import { tellMovedLaws } from "./laws";

/** A project whose runs end one after the other is looked at so often. */
const EVERY_S = 60;
/** Fits of large projects take seconds, and wait for one another. */
const LEASE_S = 600;

/**
 * Looks at laws and curves of the project whose results changed first of those that are due, unless another server
 * does. Resolves to whether there was one.
 */
export async function checkDueProject(ctx: Context): Promise<boolean> {
  const [due] = await ctx.sql<{ project_id: string; team_id: string; asked_at: string }[]>`
    update project_checks set leased_until = now() + make_interval(secs => ${LEASE_S})
    where project_id = (
      select c.project_id from project_checks c join teams t on t.id = c.team_id and t.deleted_at is null
      where c.asked_at is not null and (c.leased_until is null or c.leased_until < now())
        and (c.checked_at is null or c.checked_at < now() - make_interval(secs => ${EVERY_S}))
      order by c.asked_at limit 1 for update of c skip locked)
    returning project_id, team_id, asked_at::text`;
  if (!due) return false;
  const { project_id: id } = due;
  await checkProject({ ...ctx, teamId: due.team_id }, id);
  await ctx.sql`
    update project_checks set checked_at = now(), leased_until = null,
      asked_at = case when asked_at = ${due.asked_at}::timestamptz then null else asked_at end
    where project_id = ${id}`;
  return true;
}

async function checkProject(ctx: Context, projectId: string): Promise<void> {
  const [project] = await ctx.db.select().from(projects).where(eq(projects.id, projectId));
  if (!project) return;
  const points = await runPoints(ctx, { project: project.slug });
  await tellOptimaAtEdge(ctx, project, points);
  await tellMovedLaws(ctx, project, points);
}
