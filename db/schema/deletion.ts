import { index, integer, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { createdBy } from "./auth";
import { createdAt } from "./columns";
import { openTo } from "./project";
import { teamId } from "./team";

export const DELETION_STATES = ["running", "finished", "failed"] as const;

/** Runs, or a whole project, on their way out: done in the background, taken up again after a restart. */
export const deletions = pgTable(
  "deletions",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    /** No foreign key: the row outlives the project that it deletes. */
    projectId: uuid("project_id").notNull(),
    /** Whom the project was open to when the deletion began. */
    openTo: openTo(),
    /** What is deleted, in words. */
    label: text("label").notNull(),
    /** Null: the project with all its runs. */
    runIds: uuid("run_ids").array(),
    total: integer("total").notNull(),
    done: integer("done").notNull().default(0),
    state: text("state", { enum: DELETION_STATES }).notNull().default("running"),
    error: text("error"),
    createdBy: createdBy(),
    createdAt: createdAt(),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
  },
  (t) => [index("deletions_team").on(t.teamId, t.createdAt)],
);
