import { type AnyPgColumn, boolean, index, json, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { createdBy, users } from "./auth";
import { createdAt, updatedAt } from "./columns";
import { recommendations } from "./fit";
import { projectId, projects } from "./project";
import { teamId } from "./team";

/** How the configs of a project's runs are read: what of foreign ones becomes dimensions, what of all is no recipe. */
export const projectMappings = pgTable("project_mappings", {
  projectId: uuid("project_id")
    .primaryKey()
    .references(() => projects.id, { onDelete: "cascade" }),
  teamId: teamId(),
  /** Dimension -> expression (lib/mapping); null where none was saved. */
  mapping: json("mapping").$type<Record<string, string>>(),
  /** Patterns of keys that are no part of a recipe; null is the list that everybody begins with. */
  recipeIgnored: text("recipe_ignored").array(),
  updatedBy: text("updated_by").references(() => users.id, { onDelete: "set null" }),
  updatedAt: updatedAt(),
  /** False until dimensions and recipes of all runs have been derived by it. */
  applied: boolean("applied").notNull().default(true),
});

export const recommendationComments = pgTable(
  "recommendation_comments",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    recommendationId: uuid("recommendation_id")
      .notNull()
      .references(() => recommendations.id, { onDelete: "cascade" }),
    authorId: text("author_id").references(() => users.id, { onDelete: "set null" }),
    body: text("body").notNull(),
    createdAt: createdAt(),
  },
  (t) => [index("recommendation_comments_of").on(t.recommendationId, t.createdAt)],
);

/** What was said about a report. */
export const reportComments = pgTable(
  "report_comments",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    reportId: uuid("report_id")
      .notNull()
      .references((): AnyPgColumn => reports.id, { onDelete: "cascade" }),
    authorId: text("author_id").references(() => users.id, { onDelete: "set null" }),
    body: text("body").notNull(),
    createdAt: createdAt(),
  },
  (t) => [index("report_comments_of").on(t.reportId, t.createdAt)],
);

/** A written study: Markdown with charts of saved or live fits in fenced blocks. */
export const reports = pgTable(
  "reports",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    title: text("title").notNull(),
    body: text("body").notNull().default(""),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [index("reports_project").on(t.projectId, t.updatedAt)],
);
