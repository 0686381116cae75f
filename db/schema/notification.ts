import { sql } from "drizzle-orm";
import {
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { NOTIFICATION_KINDS } from "@/lib/notification";
import { createdBy, users } from "./auth";
import { createdAt } from "./columns";
import { recommendations } from "./fit";
import { projectId, projects } from "./project";
import { runs } from "./run";
import { sweeps } from "./sweep";
import { teamId } from "./team";

const userId = () =>
  text("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

/** What a row is about: one sweep, run or recommendation of the project, or without any of them the project itself. */
const subject = () => ({
  projectId: projectId(),
  sweepId: uuid("sweep_id").references(() => sweeps.id, { onDelete: "cascade" }),
  runId: uuid("run_id").references(() => runs.id, { onDelete: "cascade" }),
  recommendationId: uuid("recommendation_id").references(() => recommendations.id, { onDelete: "cascade" }),
});

/** Who is told of what happens to a subject, and to what it holds. */
export const watches = pgTable(
  "watches",
  {
    teamId: teamId(),
    userId: userId(),
    /** The id of the one that is watched, whichever it is. */
    subjectId: uuid("subject_id").notNull(),
    ...subject(),
    /** When she last said that she has seen it: what changed since stands out on the team's page. */
    seenAt: timestamp("seen_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.subjectId] }),
    index("watches_subject").on(t.subjectId),
    index("watches_project").on(t.projectId),
    index("watches_sweep").on(t.sweepId).where(sql`${t.sweepId} is not null`),
    index("watches_run").on(t.runId).where(sql`${t.runId} is not null`),
    index("watches_recommendation").on(t.recommendationId).where(sql`${t.recommendationId} is not null`),
  ],
);

/** What happened; one row for each occurrence, whoever sees it first. */
export const notificationEvents = pgTable(
  "notification_events",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    /** Kind, subject and occurrence: of one cause there is one event. */
    cause: text("cause").notNull(),
    kind: text("kind", { enum: NOTIFICATION_KINDS }).notNull(),
    ...subject(),
    /** By kind (lib/notification). */
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull().default({}),
    /** Who did it; null for a key or the system. */
    actorId: text("actor_id").references(() => users.id, { onDelete: "set null" }),
    createdAt: createdAt(),
  },
  (t) => [
    unique("notification_events_cause").on(t.teamId, t.cause),
    index("notification_events_project").on(t.projectId, t.createdAt),
    index("notification_events_sweep").on(t.sweepId).where(sql`${t.sweepId} is not null`),
    index("notification_events_run").on(t.runId).where(sql`${t.runId} is not null`),
    index("notification_events_recommendation").on(t.recommendationId).where(sql`${t.recommendationId} is not null`),
  ],
);

const eventId = () =>
  uuid("event_id")
    .notNull()
    .references(() => notificationEvents.id, { onDelete: "cascade" });

/** Entries of the bell: one a person and event, kept after it was read. */
export const notifications = pgTable(
  "notifications",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    userId: userId(),
    eventId: eventId(),
    createdAt: createdAt(),
    readAt: timestamp("read_at", { withTimezone: true }),
  },
  (t) => [
    index("notifications_of").on(t.userId, t.teamId, t.createdAt),
    unique("notifications_once").on(t.eventId, t.userId),
  ],
);

/** Which kinds a person has by mail; without a row all of them. */
export const notificationPreferences = pgTable(
  "notification_preferences",
  { teamId: teamId(), userId: userId(), mail: text("mail", { enum: NOTIFICATION_KINDS }).array().notNull() },
  (t) => [primaryKey({ columns: [t.teamId, t.userId] })],
);

export const CHANNEL_TYPES = ["slack", "webhook"] as const;

/** Where events go beside people. */
export const channels = pgTable(
  "channels",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    /** Null for the events of all projects. */
    projectId: uuid("project_id").references(() => projects.id, { onDelete: "cascade" }),
    type: text("type", { enum: CHANNEL_TYPES }).notNull(),
    name: text("name").notNull(),
    url: text("url").notNull(),
    /** What a webhook's requests are signed with; null for Slack, whose address is the secret. */
    secret: text("secret"),
    kinds: text("kinds", { enum: NOTIFICATION_KINDS }).array().notNull(),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [index("channels_team").on(t.teamId), index("channels_project").on(t.projectId)],
);

/** `dropped`: whom it was for is no longer in the team. */
export const DELIVERY_STATES = ["waiting", "sent", "failed", "dropped"] as const;

/** Outbox: what has to reach a channel, or a person by mail. Written with its event, sent in the background. */
export const deliveries = pgTable(
  "deliveries",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    eventId: eventId(),
    channelId: uuid("channel_id").references(() => channels.id, { onDelete: "cascade" }),
    /** Whom it is mailed to. */
    userId: text("user_id").references(() => users.id, { onDelete: "cascade" }),
    state: text("state", { enum: DELIVERY_STATES }).notNull().default("waiting"),
    attempts: integer("attempts").notNull().default(0),
    dueAt: timestamp("due_at", { withTimezone: true }).notNull().defaultNow(),
    /** Whoever sends it has it until then. */
    leasedUntil: timestamp("leased_until", { withTimezone: true }),
    error: text("error"),
    createdAt: createdAt(),
    /** When it was sent, or given up. */
    endedAt: timestamp("ended_at", { withTimezone: true }),
  },
  (t) => [
    unique("deliveries_channel").on(t.eventId, t.channelId),
    unique("deliveries_person").on(t.eventId, t.userId),
    index("deliveries_due").on(t.dueAt).where(sql`${t.state} = 'waiting'`),
    index("deliveries_of_channel").on(t.channelId, t.createdAt),
    index("deliveries_of_person").on(t.userId, t.endedAt).where(sql`${t.userId} is not null`),
    index("deliveries_of_team").on(t.teamId, t.createdAt),
    index("deliveries_ended").on(t.endedAt).where(sql`${t.endedAt} is not null`),
  ],
);

export const COMPARISONS = ["above", "below"] as const;

/** Whoever watches a run is told once that its metric went beyond the bound. */
export const metricRules = pgTable(
  "metric_rules",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    metric: text("metric").notNull(),
    comparison: text("comparison", { enum: COMPARISONS }).notNull(),
    bound: doublePrecision("bound").notNull(),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [index("metric_rules_project").on(t.projectId)],
);

/** When laws and curves of a project were looked at, and whether its results have changed since. */
export const projectChecks = pgTable("project_checks", {
  projectId: uuid("project_id")
    .primaryKey()
    .references(() => projects.id, { onDelete: "cascade" }),
  teamId: teamId(),
  /** When results last changed; null where all has been looked at. */
  askedAt: timestamp("asked_at", { withTimezone: true }),
  checkedAt: timestamp("checked_at", { withTimezone: true }),
  leasedUntil: timestamp("leased_until", { withTimezone: true }),
});
