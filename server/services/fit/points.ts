import { and, asc, eq, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import type { LabTable } from "@/lib/run";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";
import { HAS_RESULT, POINT_COLUMNS } from "../run/internal";

/** What the lab reads of a run, and where it came from. */
const COLUMNS = { ...POINT_COLUMNS, sweepId: runs.sweepId } satisfies Record<keyof LabTable, unknown>;

/**
 * The project's runs with a result as the lab needs them: JSON of a `LabTable`, which the database writes. Rows through
 * driver, mapper and the API's transformer took longer than to find them, and kept the process from answering anything
 * else.
 */
export async function fitPoints(ctx: Context, input: { project: string }): Promise<{ text: string; at: number }> {
  authorise(ctx, "read");
  const at = Date.now();
  const project = await resolveProject(ctx, input.project);
  const ordered = ctx.db
    .select(COLUMNS)
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, project.id), HAS_RESULT))
    .orderBy(asc(runs.id))
    .as("ordered");
  const parts = Object.keys(COLUMNS).map((name) => {
    const column = ordered[name as keyof typeof COLUMNS];
    return sql`${name}::text, ${columnJson(column)}`;
  });
  const [row] = await ctx.db
    .select({ text: sql<string>`json_build_object(${sql.join(parts, sql`, `)})::text` })
    .from(ordered);
  return { text: row!.text, at };
}

/** All values; one where all are equal, as they mostly are. NaN and infinities are no JSON and become null. */
function columnJson(column: SQLWrapper & { dataType: string }): SQL {
  const { dataType } = column;
  const value =
    dataType === "number"
      ? sql`case when ${column}::float8 in ('NaN', 'Infinity', '-Infinity') then null else ${column} end`
      : dataType === "boolean" || dataType === "array"
        ? sql`${column}`
        : sql`${column}::text`;
  const [least, most] = dataType === "boolean" ? [sql`bool_and`, sql`bool_or`] : [sql`min`, sql`max`];
  return sql`case
    when count(*) = 0 then '[]'::json
    when count(${value}) = 0 then '[null]'::json
    when count(${value}) = count(*) and ${least}(${value}) = ${most}(${value}) then json_build_array(${least}(${value}))
    else json_agg(${value}) end`;
}
