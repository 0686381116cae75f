import { sql } from "drizzle-orm";
import { doublePrecision, index, integer, jsonb, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { createdBy } from "./auth";
import { createdAt } from "./columns";
import { projectId } from "./project";
import { apiKeys, teamId } from "./team";

export const SWEEP_STATES = ["waiting", "running", "paused", "finished", "canceled"] as const;
export const JOB_STATES = ["queued", "running", "finished", "failed", "canceled"] as const;

/** `waiting`: queued before any worker has reported its speed, from which the preset is chosen. */
export const sweeps = pgTable(
  "sweeps",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    name: text("name").notNull(),
    state: text("state", { enum: SWEEP_STATES }).notNull().default("waiting"),
    /** Search space as parsed by lib/sweep; null while the preset is still to be chosen. */
    space: jsonb("space").$type<unknown>(),
    preset: text("preset"),
    presetReason: text("preset_reason"),
    createdBy: createdBy(),
    createdAt: createdAt(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
  },
  (t) => [index("sweeps_project").on(t.projectId, t.createdAt)],
);

/** Host that runs trainers. `tokensPerS` maps a model width to one slot's measured speed. */
export const workers = pgTable(
  "workers",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    name: text("name").notNull(),
    host: text("host").notNull(),
    /** Made by the agent's process: two of one name and host are told apart by it. */
    instance: text("instance"),
    device: text("device").notNull(),
    isa: text("isa").notNull(),
    slots: integer("slots").notNull(),
    trainerVersion: text("trainer_version").notNull(),
    tokensPerS: jsonb("tokens_per_s").$type<Record<string, number>>().notNull().default({}),
    startedAt: timestamp("started_at", { withTimezone: true }).notNull().defaultNow(),
    lastSeenAt: timestamp("last_seen_at", { withTimezone: true }).notNull().defaultNow(),
    stoppedAt: timestamp("stopped_at", { withTimezone: true }),
  },
  (t) => [index("workers_team").on(t.teamId, t.lastSeenAt)],
);

/** The unit that is leased: one run, or a shared trunk with all its decay branches. */
export const jobs = pgTable(
  "jobs",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    sweepId: uuid("sweep_id").references(() => sweeps.id, { onDelete: "cascade" }),
    position: integer("position").notNull(),
    state: text("state", { enum: JOB_STATES }).notNull().default("queued"),
    /** Failed or lost attempts so far; a job fails for good at `maxAttempts`. */
    attempts: integer("attempts").notNull().default(0),
    /** Every lease ever given, also those handed back in good order. */
    leases: integer("leases").notNull().default(0),
    maxAttempts: integer("max_attempts").notNull().default(3),
    workerId: uuid("worker_id").references(() => workers.id, { onDelete: "set null" }),
    leaseId: uuid("lease_id"),
    leaseExpiresAt: timestamp("lease_expires_at", { withTimezone: true }),
    /** Key that the last lease was taken with: one of scope `work` writes to the runs of its own leases only. */
    leasedWith: uuid("leased_with").references(() => apiKeys.id, { onDelete: "set null" }),
    /**
     * Token counts of the trunk's branches when it was queued, also of runs deleted since: a checkpoint knows them all.
     */
    tokens: doublePrecision("tokens").array().notNull(),
    /** Tokens of trunk and branches together, for progress and time left. */
    costTokens: doublePrecision("cost_tokens").notNull(),
    width: integer("width").notNull(),
    error: text("error"),
    createdAt: createdAt(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
  },
  (t) => [
    index("jobs_sweep").on(t.sweepId),
    index("jobs_queued").on(t.sweepId, t.position).where(sql`${t.state} = 'queued'`),
    index("jobs_running").on(t.teamId).where(sql`${t.state} = 'running'`),
  ],
);
