import {
  boolean,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { createdBy, users } from "./auth";
import { createdAt } from "./columns";
import { exactJson } from "./exact-json";
import { projectId } from "./project";
import { runs } from "./run";
import { teamId } from "./team";

/** A results table that was imported: who, when, which file, what came of its rows, and whether it was undone. */
export const tableImports = pgTable(
  "table_imports",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    file: text("file").notNull(),
    created: integer("created").notNull().default(0),
    updated: integer("updated").notNull().default(0),
    unchanged: integer("unchanged").notNull().default(0),
    /** Rows of the file that could not be read and were left out by choice. */
    skipped: integer("skipped").notNull().default(0),
    createdBy: createdBy(),
    createdAt: createdAt(),
    undoneBy: text("undone_by").references(() => users.id, { onDelete: "set null" }),
    undoneAt: timestamp("undone_at", { withTimezone: true }),
  },
  (t) => [index("table_imports_project").on(t.projectId, t.createdAt)],
);

/** A run that an import made or changed. What it was before is kept to the bit, so that the import can be undone. */
export const tableImportChanges = pgTable(
  "table_import_changes",
  {
    importId: uuid("import_id")
      .notNull()
      .references(() => tableImports.id, { onDelete: "cascade" }),
    runId: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    /** The import made the run; the columns below are then null. */
    made: boolean("made").notNull(),
    diverged: boolean("diverged"),
    config: exactJson("config"),
    finalLoss: doublePrecision("final_loss"),
    trainTailLoss: doublePrecision("train_tail_loss"),
    provenance: exactJson("provenance"),
  },
  (t) => [primaryKey({ columns: [t.importId, t.runId] }), index("table_import_changes_run").on(t.runId)],
);
