import { eq, sql } from "drizzle-orm";
import { notificationEvents, projects, recommendations, runs, sweeps, users } from "@/db/schema";
import { type NotificationKind, type SubjectKind, wordsOf } from "@/lib/notification";
import type { Context } from "@/server/context";

/** An event with what people call its parts. */
export interface NamedEvent {
  id: string;
  kind: NotificationKind;
  detail: Record<string, unknown>;
  at: Date;
  project: string;
  projectName: string;
  /** Null for what a program or the server did. */
  actor: string | null;
  sweepId: string | null;
  runId: string | null;
  recommendationId: string | null;
  subjectName: string | null;
}

const EVENT_COLUMNS = {
  id: notificationEvents.id,
  kind: notificationEvents.kind,
  detail: notificationEvents.detail,
  at: notificationEvents.createdAt,
  project: projects.slug,
  projectName: projects.name,
  actor: users.name,
  sweepId: notificationEvents.sweepId,
  runId: notificationEvents.runId,
  recommendationId: notificationEvents.recommendationId,
  subjectName: sql<string | null>`coalesce(${runs.name}, ${sweeps.name}, ${recommendations.title})`,
};

/** Events with the tables that name them; whoever asks adds the condition. */
export function namedEvents({ db }: Pick<Context, "db">) {
  return db
    .select(EVENT_COLUMNS)
    .from(notificationEvents)
    .innerJoin(projects, eq(projects.id, notificationEvents.projectId))
    .leftJoin(runs, eq(runs.id, notificationEvents.runId))
    .leftJoin(sweeps, eq(sweeps.id, notificationEvents.sweepId))
    .leftJoin(recommendations, eq(recommendations.id, notificationEvents.recommendationId))
    .leftJoin(users, eq(users.id, notificationEvents.actorId))
    .$dynamic();
}

/** The subject with its name and where its page lies below the team's address. */
export function subjectOf(e: NamedEvent): { kind: SubjectKind; id: string | null; name: string; path: string } {
  const [kind, id, folder] = e.runId
    ? (["run", e.runId, "runs"] as const)
    : e.sweepId
      ? (["sweep", e.sweepId, "sweeps"] as const)
      : e.recommendationId
        ? (["recommendation", e.recommendationId, "recommendations"] as const)
        : (["project", null, null] as const);
  const path = folder ? `${e.project}/${folder}/${id}` : e.project;
  return { kind, id, name: e.subjectName ?? e.projectName, path };
}

/** What happened, as it stands after the subject's name. */
export function happenedTo(e: NamedEvent): string {
  const words = wordsOf(e.kind, e.detail as never);
  return e.actor && e.recommendationId ? `${words} by ${e.actor}` : words;
}
