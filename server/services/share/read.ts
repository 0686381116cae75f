import { and, eq, gt, inArray, isNull, or } from "drizzle-orm";
import { connection } from "@/db/client";
import { fits, recommendations, reports, sharedLinks, teams, users } from "@/db/schema";
import { readFitResult } from "@/lib/fit";
import type { Recommendation } from "@/lib/recommend";
import { fitsOf, withoutLiveSettings } from "@/lib/report";
import { EtalonError, notFound } from "@/server/errors";

type Link = typeof sharedLinks.$inferSelect;

/**
 * What an address shows: the advice, or a report with its saved charts. No team is asked for, the key is the permission;
 * nothing of the note for the team, the runs, the people or the comments comes with it. Errors: `not_found` for a key
 * that is unknown or has ended, `unauthorized` and `forbidden` where it is for named people and the reader is none.
 */
export async function readShared(input: { key: string }, reader: { userId: string } | null, now: Date) {
  const { db } = connection();
  const [found] = await db
    .select({ link: sharedLinks, team: teams.name })
    .from(sharedLinks)
    .innerJoin(teams, eq(teams.id, sharedLinks.teamId))
    .where(
      and(
        ...[eq(sharedLinks.key, input.key), isNull(teams.deletedAt)],
        or(isNull(sharedLinks.expiresAt), gt(sharedLinks.expiresAt, now)),
      ),
    );
  if (!found) throw notFound("shared link", input.key);
  const { link, team } = found;
  if (link.people) await requireNamed(link.people, reader);
  return { team, ...(link.reportId ? await reportOf(link) : await recommendationOf(link)) };
}

/** Anybody can be given an account under any address: only one that was proven says who she is. */
async function requireNamed(people: string[], reader: { userId: string } | null): Promise<void> {
  if (!reader) throw new EtalonError("unauthorized", "this link is for named people; sign in first");
  const [user] = await connection()
    .db.select({ email: users.email, proven: users.emailVerified })
    .from(users)
    .where(eq(users.id, reader.userId));
  const email = user?.email?.toLowerCase() ?? "";
  if (!people.includes(email)) throw new EtalonError("forbidden", `this link is for others than ${email}`);
  if (!user?.proven)
    throw new EtalonError(
      "forbidden",
      `this link is for ${email}, and nothing shows yet that this is your address: sign in by a mailed link once`,
    );
}

async function recommendationOf(link: Link) {
  const [row] = await connection()
    .db.select({
      state: recommendations.state,
      title: recommendations.title,
      publishedAt: recommendations.publishedAt,
      result: recommendations.result,
    })
    .from(recommendations)
    .where(and(eq(recommendations.teamId, link.teamId), eq(recommendations.id, link.recommendationId!)));
  return { kind: "recommendation" as const, ...row!, result: row!.result as Recommendation };
}

async function reportOf(link: Link) {
  const [row] = await connection()
    .db.select({ title: reports.title, body: reports.body, updatedAt: reports.updatedAt })
    .from(reports)
    .where(and(eq(reports.teamId, link.teamId), eq(reports.id, link.reportId!)));
  const body = withoutLiveSettings(row!.body);
  return { kind: "report" as const, ...row!, body, fits: await savedFits(link, fitsOf(row!.body)) };
}

/** Those of the report's own project: a reader of this one may not know others. */
async function savedFits({ teamId, projectId }: Link, ids: string[]) {
  if (ids.length === 0) return [];
  const rows = await connection()
    .db.select({ id: fits.id, name: fits.name, createdAt: fits.createdAt, result: fits.result })
    .from(fits)
    .where(and(eq(fits.teamId, teamId), eq(fits.projectId, projectId), inArray(fits.id, ids)));
  return rows.map(({ result, ...fit }) => {
    const { runIds } = readFitResult(result);
    const names = new Map(runIds.map((id, i) => [id, `run ${i + 1}`]));
    return { ...fit, runs: runIds.length, result: readFitResult(withoutRuns(result, names)) };
  });
}

/** Lists of runs, and why the team took some out. */
const OF_RUNS = new Set(["runIds", "excludedRunIds"]);
const OF_TEAM = new Set(["exclusionReasons"]);

/** The same without ids of runs, wherever they stand: a point that is one run's has a name instead. */
function withoutRuns(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((inner) => withoutRuns(inner, names));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !OF_TEAM.has(key))
    .map(([key, inner]) => [key, OF_RUNS.has(key) ? [] : withoutRuns(inner, names)]);
  return Object.fromEntries(entries);
}
