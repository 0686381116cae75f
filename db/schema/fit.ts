import { index, json, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { createdBy } from "./auth";
import { createdAt } from "./columns";
import { projectId } from "./project";
import { runs } from "./run";
import { teamId } from "./team";

export const RECOMMENDATION_STATES = ["draft", "published", "superseded", "withdrawn"] as const;

/**
 * A saved fit is immutable: settings, the exact runs, a hash of what went in, and the result. `json` and not `jsonb`,
 * so that what is read is what was written, character for character.
 */
export const fits = pgTable(
  "fits",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    name: text("name").notNull(),
    settings: json("settings").$type<unknown>().notNull(),
    runIds: uuid("run_ids").array().notNull(),
    inputHash: text("input_hash").notNull(),
    result: json("result").$type<unknown>().notNull(),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [index("fits_project").on(t.projectId, t.createdAt)],
);

export const recommendations = pgTable(
  "recommendations",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    fitId: uuid("fit_id")
      .notNull()
      .references(() => fits.id, { onDelete: "restrict" }),
    state: text("state", { enum: RECOMMENDATION_STATES }).notNull().default("draft"),
    title: text("title").notNull(),
    note: text("note").notNull().default(""),
    target: json("target").$type<unknown>().notNull(),
    result: json("result").$type<unknown>().notNull(),
    /** Transfer checks as they stood when the recommendation was made. */
    evidence: json("evidence").$type<unknown>(),
    createdBy: createdBy(),
    createdAt: createdAt(),
    publishedAt: timestamp("published_at", { withTimezone: true }),
    supersededBy: uuid("superseded_by"),
    /** When its state, outcome or comments last changed: what watchers have not seen. */
    changedAt: timestamp("changed_at", { withTimezone: true }).notNull().defaultNow(),
    /** The large run that followed the advice. */
    outcomeRunId: uuid("outcome_run_id").references(() => runs.id, { onDelete: "set null" }),
    outcomeNote: text("outcome_note").notNull().default(""),
    /** A run that another tracker has: address, rate, loss. */
    outcomeElsewhere: json("outcome_elsewhere").$type<unknown>(),
    /** Why advice far beyond its data was published all the same. */
    publishReason: text("publish_reason").notNull().default(""),
  },
  (t) => [index("recommendations_project").on(t.projectId, t.createdAt)],
);
