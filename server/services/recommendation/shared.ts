import { and, eq, isNull } from "drizzle-orm";
import { connection } from "@/db/client";
import { recommendations, teams } from "@/db/schema";
import type { Recommendation } from "@/lib/recommend";
import { notFound } from "@/server/errors";

/**
 * What a public address shows: the advice itself. No team is asked for, the key is the permission; nothing of the note
 * for the team, the runs, the fit's id, the people or the comments comes with it.
 */
export async function readShared(input: { key: string }) {
  const { db } = connection();
  const [row] = await db
    .select({
      state: recommendations.state,
      title: recommendations.title,
      publishedAt: recommendations.publishedAt,
      result: recommendations.result,
      team: teams.name,
    })
    .from(recommendations)
    .innerJoin(teams, eq(teams.id, recommendations.teamId))
    .where(and(eq(recommendations.publicKey, input.key), isNull(teams.deletedAt)));
  if (!row) throw notFound("shared recommendation", input.key);
  return { ...row, result: row.result as Recommendation };
}
