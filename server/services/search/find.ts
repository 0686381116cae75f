import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { authorise, type Context } from "@/server/context";
import { contains } from "../contains";
import { inReach } from "../project/internal";

export const findInput = z.strictObject({
  /** Slug of the project one is in: what is found there comes first. */
  project: z.string().max(200).optional(),
  text: z.string().max(500),
  limit: z.number().int().min(1).max(50).default(20),
});

const KINDS = ["project", "recommendation", "fit", "report", "sweep", "run"] as const;

export interface Found {
  kind: (typeof KINDS)[number];
  id: string;
  name: string;
  project: { slug: string; name: string };
}

/**
 * Everything of the team whose name (or project) has every word: the present project first, there the rarer kinds
 * first, the newest of each first. Of each kind at most `limit`; a text without words finds the newest.
 */
export async function findThings(ctx: Context, input: z.input<typeof findInput>): Promise<Found[]> {
  authorise(ctx, "read");
  const { project = "", text, limit } = findInput.parse(input);
  const words = text.split(/\s+/).filter(Boolean).slice(0, 20);
  const found = await Promise.all(KINDS.map((kind) => findKind(ctx, kind, words, project, limit)));
  const here = (f: Found) => (f.project.slug === project ? 0 : 1);
  return found
    .flat()
    .sort((p, q) => here(p) - here(q))
    .slice(0, limit);
}

const TABLES: Record<Exclude<Found["kind"], "project">, { table: SQL; name: SQL; time: SQL }> = {
  recommendation: { table: sql`recommendations`, name: sql`t.title`, time: sql`t.created_at` },
  fit: { table: sql`fits`, name: sql`t.name`, time: sql`t.created_at` },
  report: { table: sql`reports`, name: sql`t.title`, time: sql`t.updated_at` },
  sweep: { table: sql`sweeps`, name: sql`t.name`, time: sql`t.created_at` },
  run: { table: sql`runs`, name: sql`t.name`, time: sql`t.created_at` },
};

async function findKind(ctx: Context, kind: Found["kind"], words: string[], project: string, limit: number) {
  const { table, name, time } =
    kind === "project" ? { table: null, name: sql`p.name`, time: sql`p.created_at` } : TABLES[kind];
  const own = table
    ? sql`select t.id, ${name} as name, p.slug, p.name as project from ${table} t join projects p on p.id = t.project_id`
    : sql`select p.id, p.name, p.slug, p.name as project from projects p`;
  const searched = sql`(${kind} || ' ' || ${name} || ' ' || p.name || ' ' || p.slug)`;
  const reach = inReach(ctx, sql`p.id`) ?? sql`true`;
  const conditions = [sql`p.team_id = ${ctx.teamId}`, reach, ...words.map((word) => contains(searched, word))];
  const rows = await ctx.db.execute<{ id: string; name: string; slug: string; project: string }>(sql`
    ${own} where ${sql.join(conditions, sql` and `)} order by (p.slug = ${project}) desc, ${time} desc limit ${limit}`);
  return [...rows].map((r): Found => ({ kind, id: r.id, name: r.name, project: { slug: r.slug, name: r.project } }));
}
