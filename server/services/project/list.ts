import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import { projects } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { inReach } from "./in-reach";

/** What the team's projects are called, the newest first. */
export function listProjectNames(ctx: Context): Promise<{ slug: string; name: string }[]> {
  authorise(ctx, "read");
  return ctx.db
    .select({ slug: projects.slug, name: projects.name })
    .from(projects)
    .where(visible(ctx))
    .orderBy(desc(projects.createdAt));
}

/** The team's projects with how many runs, sweeps and published recommendations each has, the newest first. */
export async function listProjects(ctx: Context) {
  authorise(ctx, "read");
  const { teamId } = ctx;
  const [rows, counts] = await Promise.all([
    ctx.db.select().from(projects).where(visible(ctx)).orderBy(desc(projects.createdAt)),
    ctx.db.execute<{ id: string; runs: number; running: number; sweeps: number; published: number }>(sql`
      select p.id, coalesce(r.n, 0)::int as runs, coalesce(r.running, 0)::int as running, coalesce(s.n, 0)::int as sweeps,
        coalesce(c.n, 0)::int as published
      from projects p
      left join (
        select project_id, count(*) as n, count(*) filter (where state = 'running') as running
        from runs where team_id = ${teamId} group by project_id) r on r.project_id = p.id
      left join (
        select project_id, count(*) as n from sweeps where team_id = ${teamId} group by project_id) s on s.project_id = p.id
      left join (
        select project_id, count(*) as n from recommendations where team_id = ${teamId} and state = 'published'
        group by project_id) c on c.project_id = p.id
      where p.team_id = ${teamId}`),
  ]);
  const countsOf = new Map([...counts].map(({ id, ...n }) => [id, n]));
  return rows.map(({ id, slug, name, question, openTo, createdAt }) => ({
    id,
    slug,
    name,
    question,
    openTo,
    createdAt,
    ...(countsOf.get(id) ?? { runs: 0, running: 0, sweeps: 0, published: 0 }),
  }));
}

function visible(ctx: Context): SQL | undefined {
  return and(eq(projects.teamId, ctx.teamId), inReach(ctx, projects.id));
}
