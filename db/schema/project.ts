import { pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { createdAt } from "./columns";
import { teamId } from "./team";

export const projects = pgTable(
  "projects",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    /** What the project asks, one sentence, shown on its home page. */
    question: text("question").notNull().default(""),
    createdAt: createdAt(),
  },
  (t) => [unique("projects_team_slug").on(t.teamId, t.slug)],
);

/** The project that a row goes with. */
export const projectId = () =>
  uuid("project_id")
    .notNull()
    .references(() => projects.id, { onDelete: "cascade" });
