import { boolean, index, integer, json, pgTable, primaryKey, text, timestamp, unique, uuid } from "drizzle-orm/pg-core";
import { createdBy, users } from "./auth";
import { createdAt } from "./columns";
import { exactJson } from "./exact-json";
import { projectId } from "./project";
import { runs } from "./run";
import { teamId } from "./team";

/** A file that was imported: who, when, which file, what came of its rows, and whether it was undone. */
export const imports = pgTable(
  "imports",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    file: text("file").notNull(),
    created: integer("created").notNull().default(0),
    updated: integer("updated").notNull().default(0),
    unchanged: integer("unchanged").notNull().default(0),
    /** Runs of the file that could not be read and were left out by choice. */
    skipped: integer("skipped").notNull().default(0),
    createdBy: createdBy(),
    createdAt: createdAt(),
    undoneBy: text("undone_by").references(() => users.id, { onDelete: "set null" }),
    undoneAt: timestamp("undone_at", { withTimezone: true }),
  },
  (t) => [index("imports_project").on(t.projectId, t.createdAt)],
);

/** A run that an import made or changed. What it was before is kept to the bit, so that the import can be undone. */
export const importChanges = pgTable(
  "import_changes",
  {
    importId: uuid("import_id")
      .notNull()
      .references(() => imports.id, { onDelete: "cascade" }),
    runId: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    /** The import made the run; the columns below are then null. */
    made: boolean("made").notNull(),
    diverged: boolean("diverged"),
    config: exactJson("config"),
    /** By column. Of changes before 0017 only the losses: they were all that an import could change. */
    dimensions: json("dimensions").$type<Record<string, unknown>>(),
    provenance: exactJson("provenance"),
  },
  (t) => [primaryKey({ columns: [t.importId, t.runId] }), index("import_changes_run").on(t.runId)],
);

/** How the lines of a program's log are read that no format knows; of the project whose people described them. */
export const importPatterns = pgTable(
  "import_patterns",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    name: text("name").notNull(),
    /** Text with {names} in place of numbers. */
    lines: text("lines").array().notNull(),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [unique("import_patterns_name").on(t.projectId, t.name)],
);
