import { and, asc, eq, inArray } from "drizzle-orm";
import { auditLog, recommendations } from "@/db/schema";
import type { Recommendation } from "@/lib/recommend";
import type { Context } from "@/server/context";

const MOST_BEFORE = 20;

/**
 * What became of a recommendation: which ones it and those before it have replaced, the last first, to be compared; and
 * what was done to it by whom, the first first, as far as the team keeps lines of its audit log.
 */
export async function historyOf(ctx: Context, id: string) {
  const [replaces, changes] = await Promise.all([replacedBy(ctx, id), changesOf(ctx, id)]);
  return { replaces, changes };
}

async function replacedBy(ctx: Context, id: string) {
  const found: { id: string; title: string; publishedAt: Date | null; result: Recommendation }[] = [];
  for (let after = [id]; after.length > 0 && found.length < MOST_BEFORE; ) {
    const rows = await ctx.db
      .select({
        id: recommendations.id,
        title: recommendations.title,
        publishedAt: recommendations.publishedAt,
        result: recommendations.result,
      })
      .from(recommendations)
      .where(and(eq(recommendations.teamId, ctx.teamId), inArray(recommendations.supersededBy, after)));
    const newest = rows.sort((p, q) => Number(q.publishedAt ?? 0) - Number(p.publishedAt ?? 0));
    found.push(...newest.map((r) => ({ ...r, result: r.result as Recommendation })));
    after = newest.map((r) => r.id);
  }
  return found.slice(0, MOST_BEFORE);
}

/** By what the audit log calls them; comments have a place of their own. */
const CHANGES = ["create", "publish", "withdraw", "outcome", "share", "unshare"] as const;

async function changesOf(ctx: Context, id: string) {
  const actions = CHANGES.map((what) => `recommendation.${what}`);
  const rows = await ctx.db
    .select({ action: auditLog.action, by: auditLog.actorName, at: auditLog.at })
    .from(auditLog)
    .where(and(eq(auditLog.teamId, ctx.teamId), inArray(auditLog.action, actions), eq(auditLog.subject, id)))
    .orderBy(asc(auditLog.id));
  return rows.map(({ action, by, at }) => ({ what: CHANGES[actions.indexOf(action)]!, by, at }));
}
