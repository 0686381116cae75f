import { and, count, desc, eq, sql } from "drizzle-orm";
import { projects, runs } from "@/db/schema";
import { outcomeOf, type Recommendation } from "@/lib/recommend";
import { FOLLOWS } from "@/lib/run";
import type { Context } from "@/server/context";
import { inReach } from "../project/internal";
import { achievedBy } from "./outcome";

const SHOWN = 50;
const FOLLOWED = sql`${runs.config} ->> ${sql.raw(`'${FOLLOWS}'`)}`;

/**
 * Runs whose config says that they follow a recommendation, the newest first, each against the advice: the outcomes that
 * nobody had to attach.
 */
export async function followersOf(ctx: Context, { id, result }: { id: string; result: Recommendation }) {
  const theirs = and(eq(runs.teamId, ctx.teamId), sql`${FOLLOWED} = ${id}`, inReach(ctx, runs.projectId));
  const [rows, [counted]] = await Promise.all([
    ctx.db
      .select({ run: runs, project: projects.slug })
      .from(runs)
      .innerJoin(projects, eq(projects.id, runs.projectId))
      .where(theirs)
      .orderBy(desc(runs.createdAt))
      .limit(SHOWN),
    ctx.db.select({ n: count() }).from(runs).where(theirs),
  ]);
  const list = rows.map(({ run, project }) => {
    const { usedLr, offLog2, loss, diverged, differs } = outcomeOf(result, achievedBy(run), null);
    const { id, name, state } = run;
    return { id, name, state, project, usedLr, offLog2, loss, diverged, differs };
  });
  return { total: counted!.n, list };
}
