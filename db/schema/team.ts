import { sql } from "drizzle-orm";
import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { createdBy, users } from "./auth";
import { createdAt } from "./columns";

export const ROLES = ["owner", "editor", "viewer"] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ["read", "write", "work"] as const;
export type Scope = (typeof SCOPES)[number];

/** The tenant: every other row of the product belongs to exactly one team. */
export const teams = pgTable("teams", {
  id: uuid("id").primaryKey().defaultRandom(),
  slug: text("slug").notNull().unique(),
  name: text("name").notNull(),
  /** A run for a project that is not there makes it. */
  makesProjects: boolean("makes_projects").notNull().default(true),
  /** Only sessions that a provider of single sign-on began open it. */
  ssoRequired: boolean("sso_required").notNull().default(false),
  /** So many days a line of the audit log is kept; null: for ever. */
  auditDays: integer("audit_days"),
  createdAt: createdAt(),
  /** From then on nobody sees it; it is deleted in the background. */
  deletedAt: timestamp("deleted_at", { withTimezone: true }),
});

/** Whose a row is. */
export const teamId = () =>
  uuid("team_id")
    .notNull()
    .references(() => teams.id, { onDelete: "cascade" });

export const members = pgTable(
  "members",
  {
    teamId: teamId(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role", { enum: ROLES }).notNull(),
    /** Made by the claims of a provider, which go on to say her role; what people say ends that. */
    byClaims: boolean("by_claims").notNull().default(false),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.teamId, t.userId] })],
);

/** Who was asked to join; the token of the link is stored as its SHA-256. */
export const invitations = pgTable(
  "invitations",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    /** In lower case. */
    email: text("email").notNull(),
    role: text("role", { enum: ROLES }).notNull(),
    hash: text("hash").notNull().unique(),
    /** Only a mail to the address holds the link, so that whoever opens it has the address. */
    mailed: boolean("mailed").notNull(),
    createdBy: createdBy(),
    createdAt: createdAt(),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    acceptedAt: timestamp("accepted_at", { withTimezone: true }),
    revokedAt: timestamp("revoked_at", { withTimezone: true }),
  },
  (t) => [uniqueIndex("invitations_open").on(t.teamId, t.email).where(sql`accepted_at is null and revoked_at is null`)],
);

export const apiKeys = pgTable(
  "api_keys",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    name: text("name").notNull(),
    scopes: text("scopes").array().notNull().$type<Scope[]>(),
    /** First characters of the key, so that a person can tell keys apart; the key itself is never stored. */
    prefix: text("prefix").notNull(),
    hash: text("hash").notNull().unique(),
    /** Of the secret before, which goes on until then. */
    previousHash: text("previous_hash").unique(),
    previousUntil: timestamp("previous_until", { withTimezone: true }),
    /** Ids of the projects that it is limited to; null for all of the team. */
    projects: uuid("projects").array(),
    /** The team's, whatever becomes of its maker; any other ends with her membership, which takes `createdBy` away. */
    service: boolean("service").notNull().default(true),
    requestsPerMinute: integer("requests_per_minute").notNull().default(6_000),
    createdBy: createdBy(),
    createdAt: createdAt(),
    expiresAt: timestamp("expires_at", { withTimezone: true }),
    lastUsedAt: timestamp("last_used_at", { withTimezone: true }),
    revokedAt: timestamp("revoked_at", { withTimezone: true }),
  },
  (t) => [index("api_keys_team").on(t.teamId)],
);

/** Append-only record of what people and keys changed. */
export const auditLog = pgTable(
  "audit_log",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    teamId: teamId(),
    /** user:ID, key:ID or system:NAME. */
    actor: text("actor").notNull(),
    /** What the actor was called then. */
    actorName: text("actor_name"),
    /** The network address that it was asked from; null for what no request asked for. */
    address: text("address"),
    action: text("action").notNull(),
    subject: text("subject").notNull(),
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull().default({}),
    at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    index("audit_log_team").on(t.teamId, t.id),
    index("audit_log_action").on(t.teamId, t.action, t.id),
    index("audit_log_actor").on(t.teamId, t.actor, t.id),
    index("audit_log_at").on(t.teamId, t.at),
  ],
);
